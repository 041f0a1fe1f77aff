import { call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { chatContent } from './chat-content.ts';
import { usageOf } from './usage.ts';

/** What `chat` answers in either generation, as far as it is read; a folded stream has the same shape. */
export interface ChatResult {
  id?: unknown;
  responseId?: unknown;
  finishReason?: unknown;
  usage?: unknown;
  meta?: unknown;
  /** v1 */
  text?: unknown;
  toolCalls?: unknown;
  /** v2 */
  message?: { content: Block[]; toolCalls: ToolCall[] };
}
interface Block {
  type: unknown;
  text?: string;
  thinking?: string;
}
interface ToolCall {
  id?: unknown;
  function: { name?: unknown; arguments: string };
}

export type Args = readonly [request: unknown, options?: unknown];

/** `chat` of the v1 and v2 API. Source: Cohere API reference, "Chat" and "Chat (v1)". */
const spec = {
  operation: 'chat' as const,
  asked([request]: Args) {
    const asked = fields(request);
    const stop = list(asked.stopSequences).filter((item): item is string => typeof item === 'string');
    const format = text(fields(asked.responseFormat).type);
    return {
      requestModel: text(asked.model),
      maxTokens: count(asked.maxTokens),
      temperature: number(asked.temperature),
      topP: number(asked.p),
      topK: count(asked.k),
      seed: number(asked.seed),
      frequencyPenalty: number(asked.frequencyPenalty),
      presencePenalty: number(asked.presencePenalty),
      stopSequences: stop.length === 0 ? undefined : stop,
      outputType: format === 'json_object' ? 'json' : undefined,
      conversationId: text(asked.conversationId),
    };
  },
  answered(result: ChatResult) {
    const reason = text(result.finishReason);
    return {
      responseId: text(result.id) ?? text(result.responseId),
      finishReasons: reason === undefined ? undefined : [reason],
      ...usageOf(result.usage ?? result.meta),
    };
  },
  content: chatContent,
};

export const chat = call<Args, ChatResult>(spec);

export const chatStream = call<Args, ChatResult, unknown>({
  ...spec,
  asked: (args) => ({ ...spec.asked(args), stream: true }),
  fold(soFar, event, keepContent) {
    const result: ChatResult = soFar ?? {};
    const { type, eventType, id, delta, index, generationId, response } = fields(event);
    // v1 repeats the whole answer at its end.
    if (eventType === 'stream-start') result.responseId = generationId;
    else if (eventType === 'stream-end') Object.assign(result, response);
    else if (type === 'message-start') result.id = id;
    else if (type === 'message-end') {
      const { finishReason, usage } = fields(delta);
      Object.assign(result, { finishReason, usage });
    } else if (keepContent) foldMessage(result, type, count(index) ?? 0, fields(fields(delta).message));
    return result;
  },
});

type Fields = Readonly<Record<string, unknown>>;

function foldMessage(result: ChatResult, type: unknown, index: number, part: Fields): void {
  // A hostile index must not make a huge array.
  if (index > 1024) return;
  const message = (result.message ??= { content: [], toolCalls: [] });
  if (type === 'content-start' || type === 'content-delta') {
    const { type: kind, text: more, thinking } = fields(part.content);
    const block = (message.content[index] ??= { type: kind ?? 'text' });
    if (typeof more === 'string') block.text = `${block.text ?? ''}${more}`;
    if (typeof thinking === 'string') block.thinking = `${block.thinking ?? ''}${thinking}`;
  }
  if (type === 'tool-call-start' || type === 'tool-call-delta') {
    const { id, function: called } = fields(part.toolCalls);
    const { name, arguments: more } = fields(called);
    const known = (message.toolCalls[index] ??= { function: { arguments: '' } });
    if (id !== undefined) known.id = id;
    if (name !== undefined) known.function.name = name;
    if (typeof more === 'string') known.function.arguments += more;
  }
}
