import { call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { messages } from './content.ts';
import { sum } from './usage.ts';

type Args = readonly [params: unknown];

/** `models.embedContent`. Vectors are never read. Source: Gemini API reference, "Embeddings"; Vertex AI, "Text embeddings API". */
export const embed = call<Args, unknown>({
  operation: 'embeddings',
  asked([params]) {
    const { model, config } = fields(params);
    return { requestModel: text(model), embeddingDimensions: count(fields(config).outputDimensionality) };
  },
  answered(result) {
    const { embeddings, metadata, usageMetadata } = fields(result);
    // The Gemini API counts the request, Vertex AI each text; a tokenizer's count may come as a float.
    const each = list(embeddings).map((embedding) => number(fields(fields(embedding).statistics).tokenCount));
    return {
      inputTokens: count(fields(usageMetadata).promptTokenCount) ?? sum(...each),
      inputCharacters: count(fields(metadata).billableCharacterCount),
    };
  },
  content: { asked: ([params]) => ({ input: messages(fields(params).contents) }), answered: () => ({}) },
});
