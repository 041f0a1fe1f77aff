import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import { createHash } from 'node:crypto';
import { countTokens } from '../answer/defaults.ts';
import { modelOf } from '../models.ts';
import { number } from '../json.ts';
import type { WireCall } from '../wire/call.ts';
import type { Outgoing } from '../wire/outgoing.ts';
import { openaiHeaders } from './headers.ts';

const dimensionsOf: Readonly<Record<string, number>> = { 'text-embedding-3-large': 3072 };

/** POST /v1/embeddings, as floats or base64. Source: OpenAI API reference, "Create embeddings". */
export function embeddings({ request, reply, makeId }: WireCall): Outgoing {
  const { input, encoding_format } = request.body;
  const inputs = inputsOf(input);
  const model = request.model ?? '';
  const dimensions = number(request.body.dimensions) ?? dimensionsOf[model] ?? 1536;
  const tokens = reply.usage?.input ?? inputs.reduce((sum, text) => sum + countTokens(text), 0);
  const body = {
    object: 'list',
    data: inputs.map((text, index) => {
      const vector = embed(text, dimensions);
      return {
        object: 'embedding' as const,
        index,
        embedding: encoding_format === 'base64' ? toBase64(vector) : [...vector],
      };
    }),
    model: reply.answersAs ?? modelOf(model).answersAs,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  } satisfies Encoded<CreateEmbeddingResponse>;
  return { status: 200, headers: openaiHeaders(makeId, reply), body };
}

/** On the wire an embedding may also be text; the client decodes it before anybody sees it. */
type Encoded<Response extends CreateEmbeddingResponse> = Omit<Response, 'data'> & {
  data: (Omit<Response['data'][number], 'embedding'> & { embedding: number[] | string })[];
};

/** A text, texts, tokens, or lists of tokens. */
function inputsOf(input: unknown): string[] {
  if (!Array.isArray(input)) return [String(input)];
  return input.every((item) => typeof item === 'number')
    ? [JSON.stringify(input)]
    : input.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

/** A bag of words: each word points somewhere, so texts that share words are near each other. Length 1, as the true ones. */
function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? ['']) {
    const hash = createHash('sha256').update(word).digest();
    for (let at = 0; at < 16; at += 4) vector[hash.readUInt32LE(at) % dimensions]! += hash[16 + at]! % 2 === 0 ? 1 : -1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
