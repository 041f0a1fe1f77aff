import { type AnyCall, call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { inputOf, metadataFacts } from './aws.ts';
import { converseContent } from './converse-content.ts';
import { converseUsage, tierFacts } from './usage.ts';

/** What Converse answers, as far as it is read; a folded stream has the same shape. */
export interface ConverseResult {
  output?: { message?: { role?: unknown; content?: Record<string, unknown>[] } };
  stopReason?: unknown;
  usage?: unknown;
  trace?: unknown;
  serviceTier?: unknown;
  performanceConfig?: unknown;
  $metadata?: unknown;
  /** Of a folded stream: whether the message came to its end. */
  stopped?: boolean;
}

type Args = readonly [command: unknown, ...rest: unknown[]];

/** One call of Converse or ConverseStream. Source: Amazon Bedrock API reference, "Converse". */
export function converse(stream: boolean): AnyCall {
  // The stream is inside the answer; what the answer says besides is kept for the end.
  let $metadata: unknown;
  return call<Args, ConverseResult, unknown>({
    operation: 'chat',
    callback: true,

    asked(args) {
      const { modelId, inferenceConfig, serviceTier, additionalModelRequestFields, outputConfig } = inputOf(args);
      const { maxTokens, temperature, topP, stopSequences } = fields(inferenceConfig);
      const stop = list(stopSequences).filter((item): item is string => typeof item === 'string');
      const tier = text(fields(serviceTier).type);
      return {
        requestModel: text(modelId),
        stream: stream || undefined,
        maxTokens: count(maxTokens),
        temperature: number(temperature),
        topP: number(topP),
        topK: count(fields(additionalModelRequestFields).top_k),
        stopSequences: stop.length === 0 ? undefined : stop,
        requestServiceTier: tier === 'default' ? undefined : tier,
        outputType: fields(fields(outputConfig).textFormat).type === 'json_schema' ? 'json' : undefined,
      };
    },

    answered(result, { asked }) {
      const reason = text(result.stopReason);
      return {
        finishReasons: reason === undefined ? undefined : [reason],
        // A prompt router chooses the model; everybody else answers with what was asked.
        responseModel: text(fields(fields(result.trace).promptRouter).invokedModelId),
        endedBy: result.stopped === false && asked.endedBy === undefined ? 'cut' : undefined,
        ...metadataFacts(result.$metadata === undefined ? { $metadata } : result),
        ...tierFacts(result.serviceTier, fields(result.performanceConfig).latency),
        ...converseUsage(result.usage),
      };
    },

    refused: metadataFacts,
    failed: (_, { asked }) => (asked.endedBy === 'cut' ? 'cut' : undefined),

    stream(result) {
      const { stream: events, $metadata: said } = fields(result);
      $metadata = said;
      return events;
    },
    fold: foldEvent,
    content: converseContent,
  });
}

/** Event by event, the message that Converse would have answered. */
export function foldEvent(soFar: ConverseResult | undefined, event: unknown, keepContent: boolean): ConverseResult {
  const result = soFar ?? { stopped: false };
  const { messageStart, contentBlockStart, contentBlockDelta, messageStop, metadata } = fields(event);
  if (messageStop !== undefined) {
    result.stopReason = fields(messageStop).stopReason;
    result.stopped = true;
  }
  if (metadata !== undefined) {
    const { usage, trace, serviceTier, performanceConfig } = fields(metadata);
    Object.assign(result, { usage, trace, serviceTier, performanceConfig });
  }
  if (!keepContent) return result;
  const message = ((result.output ??= {}).message ??= { role: 'assistant' });
  if (messageStart !== undefined) message.role = fields(messageStart).role;
  foldBlock((message.content ??= []), fields(contentBlockStart ?? contentBlockDelta));
  return result;
}

const BLOCKS_MAX = 4096;

function foldBlock(content: Record<string, unknown>[], part: Readonly<Record<string, unknown>>): void {
  const index = count(part.contentBlockIndex);
  // A hostile index must not make a huge array.
  if (index === undefined || index > BLOCKS_MAX) return;
  const block = (content[index] ??= {});
  const started = fields(fields(part.start).toolUse);
  if (part.start !== undefined) block.toolUse = { ...started, input: '' };
  const { text: said, toolUse, reasoningContent } = fields(part.delta);
  if (typeof said === 'string') block.text = `${text(block.text) ?? ''}${said}`;
  const thought = fields(reasoningContent).text;
  if (typeof thought === 'string') {
    const before = fields(fields(block.reasoningContent).reasoningText).text;
    block.reasoningContent = { reasoningText: { text: `${text(before) ?? ''}${thought}` } };
  }
  const more = fields(toolUse).input;
  if (typeof more === 'string') {
    const known = fields(block.toolUse);
    block.toolUse = { ...known, input: `${text(known.input) ?? ''}${more}` };
  }
}
