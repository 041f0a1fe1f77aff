import { type Answered, canonicalProvider, type Facts } from '@tallyspan/facts';
import type { Emitter, ModelCallOptions, OpenModelCall } from '../../attach.ts';
import type { EndedBy } from '../../call-record.ts';
import { isStream, observeStream, type StreamRecord } from '../../observe-stream.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { answerContent, promptContent } from './content.ts';
import { embeddingUsage, languageUsage } from './usage.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a call of a model is named by, and what it was asked; the names are those of the AI SDK's model specification. */
export interface Asking {
  operation: 'chat' | 'embeddings' | 'rerank';
  /** `openai.responses`, `anthropic.messages`. */
  provider: unknown;
  modelId: unknown;
  params: Fields;
  /** Whether the caller aborted: the AI SDK then leaves the stream, and does not say why. Default: what the params' signal says. */
  isAborted?: () => boolean;
}

const aborts = new WeakMap<OpenModelCall, () => boolean>();

/** Begins the report of a provider call. */
export function beginCall(emit: Emitter, asking: Asking, options: ModelCallOptions = {}): OpenModelCall {
  const { operation, provider, modelId, params, isAborted } = asking;
  const facts: Facts = { operation, ...providerFacts(text(provider)), ...askedFacts(params) };
  const requestModel = text(modelId);
  if (requestModel !== undefined) facts.requestModel = requestModel;
  const content = operation === 'chat' ? { content: promptContent(params) } : {};
  const call = emit.model(facts, { ...options, ...content });
  const { abortSignal } = params;
  aborts.set(call, isAborted ?? (() => fields(abortSignal).aborted === true));
  return call;
}

/**
 * Makes a provider call (`doGenerate`, `doStream`, `doEmbed`, `doRerank`) as part of a report, and reads what it answers. The answer is
 * the model's own; its stream is observed as it is read.
 */
export async function watchCall<Result>(call: OpenModelCall, execute: () => PromiseLike<Result>): Promise<Result> {
  try {
    const result = await call.run(execute);
    readResult(call, result);
    return result;
  } catch (error) {
    failCall(call, error);
    throw error;
  }
}

/** The last error of a `RetryError` says what went wrong. */
export function failCall(call: OpenModelCall, error: unknown): void {
  call.fail(fields(error).lastError ?? error);
}

/** What a model answered: whole, or with a stream in it. Never throws. */
export function readResult(call: OpenModelCall, result: unknown): void {
  try {
    const { stream } = fields(result);
    call.add(addressee(result));
    if (isStream(stream)) observeStream(stream, new StreamedAnswer(call), undefined);
    else if (result === undefined) call.answered({});
    else call.answered(...answerOf(result, call.keepsContent));
  } catch {
    call.answered({});
  }
}

function answerOf(result: unknown, keepContent: boolean): Parameters<OpenModelCall['answered']> {
  const { content, finishReason, usage, response, embeddings, embedding, ranking, object } = fields(result);
  const answered = responseFacts(fields(response));
  if (embeddings !== undefined || embedding !== undefined) return [{ ...answered, ...embeddingUsage(usage) }];
  if (ranking !== undefined) return [answered];
  const reason = reasonOf(finishReason);
  Object.assign(answered, languageUsage(usage), { finishReasons: [reason ?? 'error'] });
  if (!keepContent) return [answered];
  return [answered, answerContent(object === undefined ? content : [{ type: 'text', text: object }], reason)];
}

function addressee(result: unknown): { serverAddress?: string; serverPort?: number } {
  const url = text(fields(fields(result).request).url);
  if (url === undefined || !URL.canParse(url)) return {};
  const { hostname, port, protocol } = new URL(url);
  return {
    serverAddress: hostname.replaceAll(/^\[|\]$/g, ''),
    serverPort: Number(port) || (protocol === 'http:' ? 80 : 443),
  };
}

function responseFacts({ id, modelId }: Fields): Answered {
  return known({ responseId: text(id), responseModel: text(modelId) });
}

/** As the provider spells it where the model says so (v3 and v4), else the AI SDK's word. */
function reasonOf(reason: unknown): string | undefined {
  const { raw, unified } = fields(reason);
  return text(raw) ?? text(unified) ?? text(reason);
}

/** `openai.responses` is OpenAI, by its Responses API. Names that are not known stay as they came. */
function providerFacts(provider: string | undefined): Facts {
  if (provider === undefined) return {};
  const canonical = canonicalProvider(provider);
  const [vendor = provider, api] = provider.split('.');
  return {
    provider: canonical === provider ? canonicalProvider(vendor) : canonical,
    ...(api === 'responses' ? { apiType: 'responses' } : {}),
    ...(api === 'chat' && /openai|azure/.test(vendor) ? { apiType: 'chat_completions' } : {}),
  };
}

function askedFacts(params: Fields): Facts {
  const { responseFormat, documents, values, topN, dimensions } = params;
  return known<Facts>({
    maxTokens: count(params.maxOutputTokens),
    temperature: number(params.temperature),
    topP: number(params.topP),
    topK: number(params.topK),
    frequencyPenalty: number(params.frequencyPenalty),
    presencePenalty: number(params.presencePenalty),
    seed: number(params.seed),
    stopSequences: list(params.stopSequences).length > 0 ? list(params.stopSequences).map(String) : undefined,
    reasoningLevel: text(params.reasoning),
    outputType: fields(responseFormat).type === 'json' ? 'json' : undefined,
    embeddingDimensions: values === undefined ? undefined : count(dimensions),
    documentCount:
      documents === undefined
        ? undefined
        : list(Array.isArray(documents) ? documents : fields(documents).values).length,
    topN: count(topN),
  });
}

function known<Target extends object>(facts: { [Key in keyof Target]: Target[Key] | undefined }): Target {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Target;
}

/** Parts of a stream that the model did not say. */
const SILENT = new Set(['stream-start', 'response-metadata', 'raw', 'finish', 'error']);

/** An answer that comes in parts: its report is written when the stream ends, or is left. */
class StreamedAnswer implements StreamRecord {
  streaming = false;
  readonly #call: OpenModelCall;
  readonly #answered: Answered = {};
  readonly #parts: { type: string; text?: string; id?: unknown }[] = [];
  #reason: string | undefined;
  #error: unknown;
  #isDone = false;

  constructor(call: OpenModelCall) {
    this.#call = call;
    call.add({ stream: true });
  }

  chunk(chunk: unknown): void {
    const part = fields(chunk);
    try {
      if (!SILENT.has(String(part.type))) this.#call.chunk();
      if (part.type === 'response-metadata') Object.assign(this.#answered, responseFacts(part));
      else if (part.type === 'error') this.#error = part.error ?? new Error('error');
      else if (part.type === 'finish') {
        this.#reason = reasonOf(part.finishReason);
        Object.assign(this.#answered, languageUsage(part.usage));
      } else if (this.#call.keepsContent) this.#keep(part);
    } catch {
      // What this part said is lost; the call is not.
    }
  }

  #keep(part: Fields): void {
    const { type, id, delta } = part;
    const last = this.#parts.at(-1);
    if (type === 'tool-call') this.#parts.push({ ...part, type });
    else if (type === 'text-delta' || type === 'reasoning-delta') {
      const kind = type.slice(0, -'-delta'.length);
      if (last?.type === kind && last.id === id) last.text += String(delta);
      else this.#parts.push({ type: kind, text: String(delta), id });
    }
  }

  uncount(): void {}

  /** A read that waits is answered when the stream is left: the first to say how it ended is right. */
  finish(by?: EndedBy): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#call.add(this.#answered);
    if (by === 'aborted' || by === 'abandoned') return this.#call.left(by);
    if (by === 'break') return this.#left();
    if (this.#error !== undefined) return failCall(this.#call, this.#error);
    this.#call.add({ finishReasons: [this.#reason ?? 'error'] });
    this.#call.answered({}, this.#call.keepsContent ? answerContent(this.#parts, this.#reason) : undefined);
  }

  fail(error: unknown): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#call.add(this.#answered);
    failCall(this.#call, error);
  }

  /** When the caller aborts, the stream is left before the AI SDK says so. */
  #left(): void {
    const isAborted = aborts.get(this.#call);
    setImmediate(() => this.#call.left(isAborted?.() ? 'aborted' : 'break'));
  }
}
