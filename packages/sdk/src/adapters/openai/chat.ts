import { call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { chatContent } from './chat-content.ts';
import { takesStreamOptions } from './hosts.ts';
import { chatUsage } from './usage.ts';

/** What `chat.completions.create` returns, as far as it is read; a folded stream has the same shape. */
export interface ChatResult {
  id?: unknown;
  model?: unknown;
  service_tier?: unknown;
  system_fingerprint?: unknown;
  usage?: unknown;
  choices?: ChatChoice[];
}
export interface ChatChoice {
  index: number;
  finish_reason?: unknown;
  message: { role?: unknown; content?: unknown; refusal?: unknown; tool_calls?: ToolCall[] };
}
interface ToolCall {
  id?: unknown;
  type?: unknown;
  function: { name?: unknown; arguments: string };
}

type Args = readonly [body: unknown, options?: unknown];

/** `chat.completions.create`, which `parse`, `stream` and `runTools` call inside. Source: OpenAI API reference, "Chat Completions". */
export const chat = call<Args, ChatResult, unknown>({
  operation: 'chat',

  asked([body]) {
    const asked = fields(body);
    const tier = text(asked.service_tier);
    const choices = count(asked.n);
    const stop = asked.stop;
    return {
      requestModel: text(asked.model),
      stream: asked.stream === true ? true : undefined,
      apiType: 'chat_completions',
      maxTokens: count(asked.max_completion_tokens) ?? count(asked.max_tokens),
      temperature: number(asked.temperature),
      topP: number(asked.top_p),
      frequencyPenalty: number(asked.frequency_penalty),
      presencePenalty: number(asked.presence_penalty),
      seed: number(asked.seed),
      // The conventions want the count only when it is not one, and the tier only when it is not the default.
      choiceCount: choices === 1 ? undefined : choices,
      requestServiceTier: tier === 'auto' ? undefined : tier,
      stopSequences:
        typeof stop === 'string'
          ? [stop]
          : Array.isArray(stop) && stop.every((item) => typeof item === 'string')
            ? stop
            : undefined,
      outputType: outputType(asked.response_format),
      reasoningLevel: text(asked.reasoning_effort),
    };
  },

  answered(result) {
    const choices = list(result.choices).map(fields);
    return {
      responseId: text(result.id),
      responseModel: text(result.model),
      responseServiceTier: text(result.service_tier),
      systemFingerprint: text(result.system_fingerprint),
      finishReasons: choices.length === 0 ? undefined : choices.map((choice) => text(choice.finish_reason) ?? 'error'),
      ...chatUsage(result.usage),
    };
  },

  fold: foldChat,
  content: chatContent,

  enrich([body, ...rest], serverAddress) {
    const asked = fields(body);
    if (asked.stream !== true || !isPlain(body) || !takesStreamOptions(serverAddress)) return undefined;
    const options = fields(asked.stream_options);
    if (options.include_usage !== undefined && options.include_usage !== null) return undefined;
    return {
      // A copy: the caller's object is never changed.
      args: [{ ...body, stream_options: { ...options, include_usage: true } }, ...rest],
      conceal: concealUsage,
    };
  },
});

/**
 * What `include_usage` brings: `usage: null` on every chunk, and a last one with no choices, only usage. Callers who did not ask
 * for it would trip over both.
 */
function concealUsage(chunk: unknown): boolean {
  const { choices, usage } = fields(chunk);
  if (usage === null) delete (chunk as { usage?: unknown }).usage;
  return Array.isArray(choices) && choices.length === 0 && usage !== null && usage !== undefined;
}

/** Only a plain object may be copied: a class or a `toJSON` of the caller's would be lost. */
function isPlain(body: unknown): body is object {
  if (typeof body !== 'object' || body === null || 'toJSON' in body) return false;
  const prototype: unknown = Object.getPrototypeOf(body);
  return prototype === Object.prototype || prototype === null;
}

function outputType(format: unknown): string | undefined {
  const type = text(fields(format).type);
  return type === 'json_object' || type === 'json_schema' ? 'json' : type === 'text' ? 'text' : undefined;
}

/** Chunk by chunk, the completion that a call without streaming would have answered. */
function foldChat(soFar: ChatResult | undefined, chunk: unknown, keepContent: boolean): ChatResult {
  const result = soFar ?? { choices: [] };
  const { id, model, service_tier, system_fingerprint, usage, choices, x_groq } = chunk as Record<string, unknown>;
  if (id) result.id = id;
  if (model) result.model = model;
  if (service_tier) result.service_tier = service_tier;
  if (system_fingerprint) result.system_fingerprint = system_fingerprint;
  // Some servers repeat cumulative usage on many chunks: the last one counts. Groq puts it beside.
  const latest = usage ?? (x_groq === undefined ? undefined : fields(x_groq).usage);
  if (latest) result.usage = latest;
  if (Array.isArray(choices)) for (const choice of choices) foldChoice(result, choice, keepContent);
  return result;
}

function foldChoice(result: ChatResult, part: unknown, keepContent: boolean): void {
  const { index, finish_reason, delta } = part as Record<string, unknown>;
  const at = typeof index === 'number' ? index : 0;
  const known = result.choices!;
  let choice = known.find((candidate) => candidate.index === at);
  if (!choice) {
    choice = { index: at, message: {} };
    known.push(choice);
    known.sort((left, right) => left.index - right.index);
  }
  if (finish_reason) choice.finish_reason = finish_reason;
  if (!keepContent || typeof delta !== 'object' || delta === null) return;
  const { role, content, refusal, tool_calls } = delta as Record<string, unknown>;
  const { message } = choice;
  if (role) message.role = role;
  if (typeof content === 'string') message.content = `${text(message.content) ?? ''}${content}`;
  if (typeof refusal === 'string') message.refusal = `${text(message.refusal) ?? ''}${refusal}`;
  for (const piece of list(tool_calls)) foldToolCall((message.tool_calls ??= []), fields(piece));
}

function foldToolCall(calls: ToolCall[], piece: Readonly<Record<string, unknown>>): void {
  const index = count(piece.index) ?? 0;
  // A hostile index must not make a huge array.
  if (index > 1024) return;
  const known = (calls[index] ??= { function: { arguments: '' } });
  const { name, arguments: more } = fields(piece.function);
  if (piece.id) known.id = piece.id;
  if (piece.type) known.type = piece.type;
  if (name) known.function.name = name;
  if (typeof more === 'string') known.function.arguments += more;
}
