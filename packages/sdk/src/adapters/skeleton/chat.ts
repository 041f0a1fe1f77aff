import { call } from '../../adapter.ts';
import { count, fields, number, text } from '../../read.ts';
import { chatContent } from './chat-content.ts';
import { chatUsage } from './usage.ts';

/** What `chat.create` answers, as far as it is read; a folded stream has the same shape. */
export interface ChatResult {
  id?: unknown;
  model?: unknown;
  reason?: unknown;
  text?: string;
  usage?: unknown;
}

/** `chat.create`. Source: (where the provider describes request, answer and stream). */
export const chat = call<readonly [request: unknown], ChatResult, unknown>({
  operation: 'chat',

  // What comes from outside is read with care: `text`, `number` and `count` answer undefined for anything else. No content here.
  asked([request]) {
    const asked = fields(request);
    return {
      requestModel: text(asked.model),
      stream: asked.stream === true ? true : undefined,
      maxTokens: count(asked.maxTokens),
      temperature: number(asked.temperature),
    };
  },

  answered(result) {
    const reason = text(result.reason);
    return {
      responseId: text(result.id),
      responseModel: text(result.model),
      finishReasons: reason === undefined ? undefined : [reason],
      ...chatUsage(result.usage),
    };
  },

  // Chunk by chunk, what a call without streaming would have answered. Text is kept only where somebody wants it.
  fold(soFar, chunk, keepContent) {
    const { delta, ...more } = fields(chunk);
    const result: ChatResult = { ...soFar, ...more };
    if (keepContent) result.text = `${soFar?.text ?? ''}${text(delta) ?? ''}`;
    return result;
  },

  content: chatContent,
});
