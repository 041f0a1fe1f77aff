import { call } from '../../adapter.ts';
import type { Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';
import { imagePart } from './chat-content.ts';
import { refused, reported } from './reported.ts';

type Args = readonly [body: unknown, options?: unknown];

/** `moderations.create`, which costs nothing. Source: OpenAI API reference, "Moderations". */
export const moderations = call<Args, unknown>({
  operation: 'moderation',
  asked: ([body]) => ({ requestModel: text(fields(body).model) }),
  answered(result, answering) {
    const { id, model } = fields(result);
    return { ...reported(answering), responseId: text(id), responseModel: text(model) };
  },
  refused,
  content: {
    asked([body]) {
      const { input } = fields(body);
      return {
        input: [{ role: 'user', parts: typeof input === 'string' ? [textPart(input)] : list(input).map(part) }],
      };
    },
    answered: () => ({}),
  },
});

function part(value: unknown): Part {
  if (typeof value === 'string') return textPart(value);
  const { type, text: said, image_url } = fields(value);
  return type === 'image_url' ? imagePart(text(fields(image_url).url) ?? '') : textPart(text(said) ?? '');
}

const textPart = (content: string): Part => ({ type: 'text', content });
