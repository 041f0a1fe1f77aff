import type { Answered, Operation, Usage } from '@tallyspan/facts';
import { count, fields, list, number, text } from '../../read.ts';
import { foldEvent as foldAnthropic, type MessageResult } from '../anthropic/messages.ts';
import { usageOf as anthropicUsage } from '../anthropic/usage.ts';
import { type ConverseResult, foldEvent as foldConverse } from './converse.ts';
import { converseUsage, metricsUsage, novaUsage } from './usage.ts';

/**
 * What InvokeModel sends and gets is the model's own format. Each is known by its shape, from what AWS documents as "Inference request
 * parameters and response fields for foundation models".
 */
type Body = Readonly<Record<string, unknown>>;

/** What a body told, whichever family it is of. */
export interface Told {
  facts: Answered & { operation?: Operation; usage?: Usage };
  /** For content: Anthropic's and Nova's messages as they are, everybody else's text, one entry per choice. */
  message?: MessageResult;
  converse?: ConverseResult;
  texts?: string[];
}

/** Request parameters, by all the names they have. */
export function askedOfBody(body: unknown) {
  const asked = fields(body);
  const config: Body = { ...fields(asked.textGenerationConfig), ...fields(asked.inferenceConfig) };
  const any = (...names: string[]) => names.map((name) => asked[name] ?? config[name]).find((value) => value != null);
  const stop = list(any('stop_sequences', 'stopSequences', 'stop')).filter((item) => typeof item === 'string');
  return {
    maxTokens: count(
      any('max_tokens', 'maxTokens', 'max_new_tokens', 'max_gen_len', 'maxTokenCount', 'max_tokens_to_sample'),
    ),
    temperature: number(any('temperature')),
    topP: number(any('top_p', 'topP', 'p')),
    topK: count(any('top_k', 'topK', 'k')),
    stopSequences: stop.length === 0 ? undefined : stop,
    reasoningLevel: text(fields(asked.output_config).effort) ?? text(asked.reasoning_effort),
    embeddingDimensions: count(any('dimensions', 'output_dimension')),
    documentCount: asked.query === undefined ? undefined : list(asked.documents).length,
    topN: count(asked.top_n),
  };
}

interface Family {
  is(body: Body): boolean;
  tell(body: Body): Told;
}

const families: readonly Family[] = [
  {
    // Anthropic Claude.
    is: ({ type, usage }) => type === 'message' || fields(usage).input_tokens !== undefined,
    tell: (body) => ({ facts: messageFacts(body as MessageResult), message: body as MessageResult }),
  },
  {
    // Amazon Nova.
    is: ({ output }) => fields(output).message !== undefined,
    tell: (body) => ({ facts: { ...reasons(body.stopReason), usage: novaUsage(body.usage) }, converse: body }),
  },
  {
    // Amazon Titan, text.
    is: ({ results }) => list(results).some((result) => fields(result).outputText !== undefined),
    tell({ results, inputTextTokenCount }) {
      const all = list(results).map(fields);
      const output = all.reduce((sum, { tokenCount }) => sum + (count(tokenCount) ?? 0), 0);
      return {
        facts: {
          ...reasons(...all.map(({ completionReason }) => completionReason)),
          usage: { inputTokens: count(inputTextTokenCount), outputTokens: output },
        },
        texts: all.map(({ outputText }) => String(outputText)),
      };
    },
  },
  {
    // Amazon Titan, embeddings. The vectors are not looked at.
    is: ({ embedding, embeddingsByType }) => embedding !== undefined || embeddingsByType !== undefined,
    tell: ({ inputTextTokenCount }) => vectors({ usage: { inputTokens: count(inputTextTokenCount) } }),
  },
  {
    // Meta Llama.
    is: ({ generation }) => typeof generation === 'string',
    tell: ({ generation, prompt_token_count, generation_token_count, stop_reason }) => ({
      facts: {
        ...reasons(stop_reason),
        usage: { inputTokens: count(prompt_token_count), outputTokens: count(generation_token_count) },
      },
      texts: [String(generation)],
    }),
  },
  {
    // Mistral, text. It counts nothing: the headers do.
    is: ({ outputs }) => Array.isArray(outputs),
    tell({ outputs }) {
      const all = list(outputs).map(fields);
      return {
        facts: reasons(...all.map(({ stop_reason }) => stop_reason)),
        texts: all.map(({ text: said }) => String(said)),
      };
    },
  },
  {
    // Chat completions: Mistral Large, Pixtral, DeepSeek, gpt-oss, Qwen.
    is: ({ choices }) => Array.isArray(choices),
    tell({ id, model, choices, usage }) {
      const all = list(choices).map(fields);
      const { prompt_tokens, completion_tokens } = fields(usage);
      return {
        facts: {
          ...reasons(...all.map(({ finish_reason, stop_reason }) => finish_reason ?? stop_reason)),
          responseId: text(id),
          responseModel: text(model),
          usage: { inputTokens: count(prompt_tokens), outputTokens: count(completion_tokens) },
        },
        texts: all.map(({ message, text: said }) => text(fields(message).content) ?? text(said) ?? ''),
      };
    },
  },
  {
    // Cohere Command.
    is: ({ generations }) => Array.isArray(generations),
    tell({ id, generations }) {
      const all = list(generations).map(fields);
      return {
        facts: { ...reasons(...all.map(({ finish_reason }) => finish_reason)), responseId: text(id) },
        texts: all.map(({ text: said }) => String(said)),
      };
    },
  },
  {
    // Cohere embeddings.
    is: ({ embeddings }) => embeddings !== undefined,
    tell: ({ id }) => vectors({ responseId: text(id) }),
  },
  {
    // Cohere and Amazon rerank.
    is: ({ results }) => list(results).some((result) => fields(result).relevance_score !== undefined),
    tell: ({ id }) => ({ facts: { operation: 'rerank', responseId: text(id) } }),
  },
  {
    // Amazon Nova Canvas, Titan Image Generator, Stability.
    is: ({ images }) => Array.isArray(images),
    tell: ({ images }) => ({ facts: { operation: 'image_generation', outputImageCount: list(images).length } }),
  },
  {
    // Cohere Command R.
    is: ({ text: said }) => typeof said === 'string',
    tell: ({ text: said, finish_reason, response_id, meta }) => ({
      facts: { ...reasons(finish_reason), responseId: text(response_id), usage: cohereUsage(meta) },
      texts: [String(said)],
    }),
  },
];

/** A whole answer. Nothing is told by one of a family that is not known. */
export function tellOfBody(body: unknown): Told {
  const known = fields(body);
  return families.find((family) => family.is(known))?.tell(known) ?? { facts: {} };
}

interface Folded {
  told: Told;
  stopped?: boolean;
}

/** One chunk of a stream more. Chunks have the shape of the whole answers, piece by piece, or of events. */
export function foldChunk(before: Folded | undefined, chunk: unknown, keepContent: boolean): Folded {
  const folded = before ?? { told: { facts: {} } };
  const { told } = folded;
  const piece = fields(chunk);
  if (isAnthropicEvent(piece)) {
    told.message = foldAnthropic(told.message, piece, keepContent);
    told.facts = messageFacts(told.message);
    folded.stopped = told.message.stopped ?? false;
  } else if (isConverseEvent(piece)) {
    told.converse = foldConverse(told.converse, piece, keepContent);
    const { stopReason, usage } = told.converse;
    told.facts = { ...reasons(stopReason), usage: { ...known(converseUsage(usage)), ...known(novaUsage(usage)) } };
    folded.stopped = told.converse.stopped ?? false;
  } else foldPiece(folded, pieceOf(piece), keepContent);
  const metrics = piece['amazon-bedrock-invocationMetrics'];
  if (metrics === undefined) return folded;
  // The last chunk of every family.
  folded.stopped = true;
  told.facts.usage = { ...known(metricsUsage(metrics)), ...known(told.facts.usage) };
  return folded;
}

/** A stream's piece as the whole answer it is a piece of. */
function pieceOf(piece: Body): Told {
  const { outputText, completionReason, inputTextTokenCount, totalOutputTextTokenCount, choices, is_finished } = piece;
  if (outputText !== undefined) {
    const usage = { inputTokens: count(inputTextTokenCount), outputTokens: count(totalOutputTextTokenCount) };
    return { facts: { ...reasons(completionReason), usage }, texts: [String(outputText)] };
  }
  if (Array.isArray(choices)) {
    const whole = choices.map((choice) => ({
      ...fields(choice),
      message: fields(choice).delta ?? fields(choice).message,
    }));
    return tellOfBody({ ...piece, choices: whole });
  }
  // Cohere says only at its end that it has ended.
  if (piece.event_type === 'stream-end') return { facts: tellOfBody(piece.response).facts };
  if (is_finished !== undefined && piece.text === undefined) return { facts: reasons(piece.finish_reason) };
  return tellOfBody(piece);
}

function foldPiece(folded: Folded, { facts, texts }: Told, keepContent: boolean): void {
  const { told } = folded;
  if (Object.keys(facts).length === 0 && texts === undefined) return;
  const { usage, ...said } = facts;
  Object.assign(told.facts, known(said), { usage: { ...told.facts.usage, ...known(usage) } });
  folded.stopped ||= facts.finishReasons !== undefined;
  if (!keepContent) return;
  const before = (told.texts ??= []);
  for (const [at, more] of (texts ?? []).entries()) before[at] = `${before[at] ?? ''}${more}`;
}

function isAnthropicEvent({ type }: Body): boolean {
  return (
    typeof type === 'string' && (type.startsWith('message_') || type.startsWith('content_block_') || type === 'ping')
  );
}

const CONVERSE_EVENTS = [
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
];

function isConverseEvent(piece: Body): boolean {
  return CONVERSE_EVENTS.some((name) => piece[name] !== undefined);
}

function messageFacts({ id, model, stop_reason, usage }: MessageResult): Told['facts'] {
  const { webSearchRequests, responseServiceTier: _, ...tokens } = anthropicUsage(usage);
  return {
    responseId: text(id),
    responseModel: text(model),
    ...reasons(stop_reason),
    webSearchRequests,
    usage: tokens,
  };
}

function vectors(facts: Told['facts']): Told {
  const operation: Operation = 'embeddings';
  return { facts: { operation, ...facts } };
}

function cohereUsage(meta: unknown): Usage {
  const { input_tokens, output_tokens } = fields(fields(meta).billed_units);
  return { inputTokens: count(input_tokens), outputTokens: count(output_tokens) };
}

function reasons(...all: unknown[]): Pick<Answered, 'finishReasons'> {
  const said = all.map(text).filter((reason) => reason !== undefined);
  return said.length === 0 ? {} : { finishReasons: said };
}

function known<Facts extends object>(facts: Facts | undefined): Facts {
  return Object.fromEntries(Object.entries(facts ?? {}).filter(([, value]) => value !== undefined)) as Facts;
}
