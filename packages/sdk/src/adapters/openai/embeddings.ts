import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { refused, reported } from './reported.ts';
import { requestModel } from './request.ts';
import { chatUsage } from './usage.ts';

type Args = readonly [body: unknown, options?: unknown];

/** `embeddings.create`. Vectors are never read. Source: OpenAI API reference, "Embeddings". */
export const embeddings = call<Args, unknown>({
  operation: 'embeddings',
  asked([body], { client }) {
    const asked = fields(body);
    const format = text(asked.encoding_format);
    return {
      requestModel: requestModel(asked, client),
      embeddingDimensions: count(asked.dimensions),
      encodingFormats: format === undefined ? undefined : [format],
    };
  },
  answered(result, answering) {
    const { model, usage } = fields(result);
    return { ...reported(answering, usage), responseModel: text(model), ...chatUsage(usage) };
  },
  refused,
  content: {
    asked([body]) {
      const { input } = fields(body);
      const texts =
        typeof input === 'string' ? [input] : list(input).filter((item): item is string => typeof item === 'string');
      return { input: texts.map((content) => ({ role: 'user', parts: [{ type: 'text', content }] })) };
    },
    answered: () => ({}),
  },
});
