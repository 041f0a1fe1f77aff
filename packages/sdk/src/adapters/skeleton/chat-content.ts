import type { AnsweredContent, AskedContent } from '../../content.ts';
import { fields, text } from '../../read.ts';
import type { ChatResult } from './chat.ts';

/** Message content in the shape of the conventions; read only where the user asked for it. */
export const chatContent = {
  asked: ([request]: readonly [request: unknown]): AskedContent => ({
    input: [{ role: 'user', parts: [{ type: 'text', content: text(fields(request).prompt) ?? '' }] }],
  }),
  answered: (result: ChatResult): AnsweredContent =>
    result.text === undefined
      ? {}
      : {
          output: [
            {
              role: 'assistant',
              parts: [{ type: 'text', content: result.text }],
              finish_reason: text(result.reason) ?? 'error',
            },
          ],
        },
};
