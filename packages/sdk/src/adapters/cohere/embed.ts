import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { usageOf } from './usage.ts';

type Args = readonly [request: unknown, options?: unknown];

/** `embed` of the v1 and v2 API. Vectors are never read. Source: Cohere API reference, "Embed". */
export const embed = call<Args, unknown>({
  operation: 'embeddings',
  asked([request]) {
    const { model, outputDimension, embeddingTypes } = fields(request);
    const formats = list(embeddingTypes).filter((each): each is string => typeof each === 'string');
    return {
      requestModel: text(model),
      embeddingDimensions: count(outputDimension),
      encodingFormats: formats.length === 0 ? undefined : formats,
    };
  },
  answered(result) {
    const { id, meta } = fields(result);
    return { responseId: text(id), ...usageOf(meta) };
  },
  content: {
    asked([request]) {
      const texts = list(fields(request).texts).filter((each): each is string => typeof each === 'string');
      return { input: texts.map((content) => ({ role: 'user', parts: [{ type: 'text', content }] })) };
    },
    answered: () => ({}),
  },
});

/** `rerank`, which is billed by searches and not by tokens. Query and documents are content. Source: Cohere API reference, "Rerank". */
export const rerank = call<Args, unknown>({
  operation: 'rerank',
  asked([request]) {
    const { model, topN, documents } = fields(request);
    return { requestModel: text(model), topN: count(topN), documentCount: list(documents).length };
  },
  answered(result) {
    const { id, meta } = fields(result);
    return { responseId: text(id), ...usageOf(meta) };
  },
  content: {
    asked([request]) {
      const { query, documents } = fields(request);
      const said = list(documents).map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
      return {
        input: [
          { role: 'user', parts: [{ type: 'text', content: text(query) ?? '' }] },
          { role: 'document', parts: said.map((content) => ({ type: 'text', content })) },
        ],
      };
    },
    answered: () => ({}),
  },
});
