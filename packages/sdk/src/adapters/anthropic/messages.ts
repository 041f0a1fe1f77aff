import { call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { headerFacts, refusedFacts } from './headers.ts';
import { messagesContent } from './messages-content.ts';
import { usageOf } from './usage.ts';

/** What `messages.create` returns, as far as it is read; a folded stream has the same shape. */
export interface MessageResult {
  id?: unknown;
  model?: unknown;
  stop_reason?: unknown;
  usage?: Readonly<Record<string, unknown>>;
  content?: Record<string, unknown>[];
  /** Of a folded stream: whether its last event came. */
  stopped?: boolean;
}

export type Args = readonly [body: unknown, options?: unknown];

/** `messages.create` and `beta.messages.create`, which `stream`, `parse` and `toolRunner` call inside. Source: Anthropic API reference, "Messages". */
export const messages = call<Args, MessageResult, unknown>({
  operation: 'chat',

  asked([body, options]) {
    const asked = fields(body);
    const { effort, format } = fields(asked.output_config);
    const stop = list(asked.stop_sequences).filter((item): item is string => typeof item === 'string');
    const tier = text(asked.service_tier);
    return {
      requestModel: text(asked.model),
      stream: asked.stream === true ? true : undefined,
      maxTokens: count(asked.max_tokens),
      temperature: number(asked.temperature),
      topP: number(asked.top_p),
      topK: count(asked.top_k),
      stopSequences: stop.length === 0 ? undefined : stop,
      reasoningLevel: text(effort),
      outputType: fields(format ?? asked.output_format).type === 'json_schema' ? 'json' : undefined,
      // `auto` is the default.
      requestServiceTier: tier === 'auto' ? undefined : tier,
      conversationId: text(fields(fields(options).openTelemetry).conversationId),
    };
  },

  answered(result, { asked, header }) {
    const reason = text(result.stop_reason);
    return {
      responseId: text(result.id),
      responseModel: text(result.model),
      finishReasons: reason === undefined ? undefined : [reason],
      endedBy: result.stopped === false && asked.endedBy === undefined ? 'cut' : undefined,
      ...headerFacts(header),
      ...usageOf(result.usage),
    };
  },

  refused: refusedFacts,

  /** Every stream ends with `message_stop`. A connection that closes before it cuts the answer, and the library does not say so. */
  failed: (_, { asked }) => (asked.endedBy === 'cut' ? 'cut' : undefined),

  fold: foldEvent,
  content: messagesContent,
});

/** Event by event, the message that a call without streaming would have answered. */
export function foldEvent(soFar: MessageResult | undefined, event: unknown, keepContent: boolean): MessageResult {
  const { type, message, delta, usage, index, content_block } = fields(event);
  const result = soFar ?? { stopped: false };
  switch (type) {
    // Brings the message with a provisional usage. It may come twice, when a gateway begins again: the later one holds.
    case 'message_start': {
      const started = fields(message);
      result.id = started.id ?? result.id;
      result.model = started.model ?? result.model;
      result.usage = reported(result.usage, started.usage);
      break;
    }
    // Cumulative: it replaces what it repeats, it never adds.
    case 'message_delta':
      result.stop_reason = fields(delta).stop_reason ?? result.stop_reason;
      result.usage = reported(result.usage, usage);
      break;
    case 'message_stop':
      result.stopped = true;
      break;
    case 'content_block_start': {
      const block = fields(content_block);
      // Another model goes on from here; it is the one that answers.
      if (block.type === 'fallback') result.model = fields(block.to).model ?? result.model;
    }
  }
  if (keepContent) foldBlock(result, type, count(index) ?? 0, fields(content_block), fields(delta));
  return result;
}

function reported(known: MessageResult['usage'], usage: unknown): MessageResult['usage'] {
  const said = Object.entries(fields(usage)).filter(([, value]) => value !== null);
  return { ...known, ...Object.fromEntries(said) };
}

type Fields = Readonly<Record<string, unknown>>;

const BLOCKS_MAX = 4096;

function foldBlock(result: MessageResult, type: unknown, index: number, block: Fields, delta: Fields): void {
  // A hostile index must not make a huge array.
  if (index > BLOCKS_MAX) return;
  const content = (result.content ??= []);
  if (type === 'content_block_start') content[index] = { ...block };
  const known = content[index];
  if (type !== 'content_block_delta' || !known) return;
  const append = (key: string, more: unknown) => {
    if (typeof more === 'string') known[key] = `${text(known[key]) ?? ''}${more}`;
  };
  append('text', delta.text);
  append('thinking', delta.thinking);
  append('input_json', delta.partial_json);
}
