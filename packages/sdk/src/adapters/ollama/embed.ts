import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { ollamaUsage } from './usage.ts';

type Args = readonly [request: unknown];

/** `ollama.embed`, and `ollama.embeddings` before it, which counts nothing. Vectors are never read. */
export const embed = call<Args, unknown>({
  operation: 'embeddings',
  asked([request]) {
    const { model, dimensions } = fields(request);
    return { requestModel: text(model), embeddingDimensions: count(dimensions) };
  },
  answered: (result) => ({ responseModel: text(fields(result).model), ...ollamaUsage(result) }),
  content: {
    asked([request]) {
      const { input, prompt } = fields(request);
      const texts = [...list(input), input, prompt].filter((item): item is string => typeof item === 'string');
      return { input: texts.map((content) => ({ role: 'user', parts: [{ type: 'text', content }] })) };
    },
    answered: () => ({}),
  },
});
