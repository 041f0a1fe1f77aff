import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { chatContent } from './chat-content.ts';
import { takesStreamOptions } from './hosts.ts';
import { refused, reported } from './reported.ts';
import { asked, responseFormat, serviceTier } from './request.ts';
import { addUsage } from './stream-usage.ts';
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
  message: {
    role?: unknown;
    content?: unknown;
    refusal?: unknown;
    reasoning?: unknown;
    reasoning_content?: unknown;
    tool_calls?: ToolCall[];
  };
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

  asked([given], { client }) {
    const body = fields(given);
    return {
      ...asked(body, client),
      apiType: 'chat_completions',
      requestServiceTier: serviceTier(body),
      outputType: responseFormat(body.response_format),
      reasoningLevel: text(body.reasoning_effort),
    };
  },

  answered(result, answering) {
    const choices = list(result.choices).map(fields);
    const told = reported(answering, result.usage);
    return {
      ...told,
      responseId: text(result.id),
      responseModel: text(result.model),
      responseServiceTier: text(result.service_tier),
      systemFingerprint: text(result.system_fingerprint),
      finishReasons: choices.length === 0 ? undefined : choices.map((choice) => text(choice.finish_reason) ?? 'error'),
      webSearchRequests: webSearches(result.usage),
      ...chatUsage(result.usage, told.provider ?? answering.asked.provider),
    };
  },
  refused,

  fold: foldChat,
  content: chatContent,

  enrich: ([body, ...rest], serverAddress, { client }) =>
    addUsage(body, rest, (plain) => takesStreamOptions(serverAddress, client, plain)),
});

/** Perplexity counts searches on top, xAI among its own tools. */
function webSearches(usage: unknown): number | undefined {
  const { num_search_queries, server_side_tool_usage_details } = fields(usage);
  return count(num_search_queries) ?? count(fields(server_side_tool_usage_details).web_search_calls);
}

/** Chunk by chunk, the completion that a call without streaming would have answered. */
function foldChat(soFar: ChatResult | undefined, chunk: unknown, keepContent: boolean): ChatResult {
  const result = soFar ?? { choices: [] };
  const { id, model, service_tier, system_fingerprint, usage, choices, x_groq } = chunk as Record<string, unknown>;
  if (id) result.id = id;
  if (model) result.model = model;
  if (service_tier) result.service_tier = service_tier;
  if (system_fingerprint) result.system_fingerprint = system_fingerprint;
  // Some servers repeat cumulative usage on many chunks: the last one counts. Groq puts it beside (of whole answers it says other
  // things there), Moonshot inside the last choice.
  const latest = [usage, fields(x_groq).usage, fields(list(choices)[0]).usage].find(
    (candidate) => fields(candidate).prompt_tokens !== undefined,
  );
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
  const { role, tool_calls } = delta as Record<string, unknown>;
  const { message } = choice;
  if (role) message.role = role;
  for (const name of TEXTS) {
    const more = (delta as Record<string, unknown>)[name];
    if (typeof more === 'string') message[name] = `${text(message[name]) ?? ''}${more}`;
  }
  for (const piece of list(tool_calls)) foldToolCall((message.tool_calls ??= []), fields(piece));
}

/** `reasoning` and `reasoning_content` are what others than OpenAI call the thinking they show. */
const TEXTS = ['content', 'refusal', 'reasoning', 'reasoning_content'] as const;

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
