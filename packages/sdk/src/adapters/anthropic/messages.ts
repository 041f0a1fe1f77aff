import { call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { messagesContent } from './messages-content.ts';
import { usageOf } from './usage.ts';

/** What `messages.create` returns, as far as it is read; a folded stream has the same shape. */
export interface MessageResult {
  id?: unknown;
  model?: unknown;
  stop_reason?: unknown;
  usage?: Readonly<Record<string, unknown>>;
  content?: Record<string, unknown>[];
}

export type Args = readonly [body: unknown, options?: unknown];

/** `messages.create` and `beta.messages.create`, which `stream` and `toolRunner` call inside. Source: Anthropic API reference, "Messages". */
export const messages = call<Args, MessageResult, unknown>({
  operation: 'chat',

  asked([body]) {
    const asked = fields(body);
    const stop = list(asked.stop_sequences).filter((item): item is string => typeof item === 'string');
    return {
      requestModel: text(asked.model),
      stream: asked.stream === true ? true : undefined,
      maxTokens: count(asked.max_tokens),
      temperature: number(asked.temperature),
      topP: number(asked.top_p),
      topK: count(asked.top_k),
      stopSequences: stop.length === 0 ? undefined : stop,
      reasoningLevel: text(fields(asked.output_config).effort),
    };
  },

  answered(result) {
    const reason = text(result.stop_reason);
    return {
      responseId: text(result.id),
      responseModel: text(result.model),
      finishReasons: reason === undefined ? undefined : [reason],
      responseServiceTier: text(result.usage?.service_tier),
      ...usageOf(result.usage),
    };
  },

  /** `message_start` brings the message with a provisional usage; every `message_delta` replaces what it repeats, it never adds. */
  fold(soFar, event, keepContent) {
    const { type, message, delta, usage, index, content_block } = fields(event);
    const result = soFar ?? {};
    if (type === 'message_start') {
      const { id, model, usage: first } = fields(message);
      return { ...result, id, model, usage: fields(first) };
    }
    if (type === 'message_delta') {
      const reported = Object.fromEntries(Object.entries(fields(usage)).filter(([, value]) => value !== null));
      return {
        ...result,
        stop_reason: fields(delta).stop_reason ?? result.stop_reason,
        usage: { ...result.usage, ...reported },
      };
    }
    if (keepContent) foldBlock(result, type, count(index) ?? 0, fields(content_block), fields(delta));
    return result;
  },

  content: messagesContent,
});

type Fields = Readonly<Record<string, unknown>>;

function foldBlock(result: MessageResult, type: unknown, index: number, block: Fields, delta: Fields): void {
  if (index > 4096) return;
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
