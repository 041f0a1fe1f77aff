import { limits, type Operation } from '@tallyspan/facts';
import { type AnyCall, call } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { inputOf, metadataFacts } from './aws.ts';
import { askedOfBody, foldChunk, type Told, tellOfBody } from './bodies.ts';
import { invokeContent } from './invoke-content.ts';
import { NotedHeaders } from './noted-headers.ts';
import { headerUsage, tierFacts } from './usage.ts';

export type InvokeResult = { told: Told; stopped?: boolean } | Readonly<Record<string, unknown>>;

type Args = readonly [command: unknown, ...rest: unknown[]];

/**
 * One call of InvokeModel or InvokeModelWithResponseStream: the body is the model's own, request and answer. Its shape says whose it is,
 * as a model id may be the ARN of anything. A family that is not known gives a span without what only its body says.
 * Source: Amazon Bedrock user guide, "Inference request parameters and response fields for foundation models".
 */
export function invokeModel(stream: boolean, args: readonly unknown[]): AnyCall {
  const { modelId, body } = inputOf(args);
  const asked = jsonOf(body);
  const noted = new NotedHeaders();
  // What a streamed answer says beside its stream. The stream itself must not be held, or nobody would notice that it was dropped.
  let outer: unknown;
  return call<Args, InvokeResult, unknown>({
    operation: operationOf(text(modelId) ?? '', asked),
    callback: true,

    asked: () => ({ requestModel: text(modelId), stream: stream || undefined, ...askedOfBody(asked) }),

    answered(result, { asked: facts }) {
      const { told, stopped } = readInvoked(result);
      const { usage, ...said } = told.facts;
      return {
        ...headerUsage(noted.get),
        ...said,
        ...defined(usage),
        endedBy: stopped === false && facts.endedBy === undefined ? 'cut' : undefined,
        ...metadataFacts(outer ?? result),
        ...tierFacts(fields(outer ?? result).serviceTier, fields(outer ?? result).performanceConfigLatency),
      };
    },

    refused: metadataFacts,
    failed: (_, { asked: facts }) => (facts.endedBy === 'cut' ? 'cut' : undefined),

    // Counts come as headers for all families, and the library does not show them. Of a stream they are in the last chunk.
    enrich([command, ...rest]) {
      const copy = stream ? undefined : noted.copyOf(command);
      return copy && { args: [copy, ...rest], conceal: () => false };
    },

    stream(result) {
      const { body: answer, $metadata, serviceTier, performanceConfigLatency } = fields(result);
      if (!stream) return undefined;
      outer = { $metadata, serviceTier, performanceConfigLatency };
      return answer;
    },
    fold(soFar, event, keepContent) {
      const before = soFar === undefined ? undefined : readInvoked(soFar);
      return foldChunk(before, jsonOf(fields(fields(event).chunk).bytes), keepContent);
    },
    content: invokeContent(asked),
  });
}

/** A whole answer is read when it is asked for; a folded one was read chunk by chunk. */
export function readInvoked(result: InvokeResult): { told: Told; stopped?: boolean } {
  if ('told' in result && typeof result.told === 'object') return result as { told: Told; stopped?: boolean };
  return { told: tellOfBody(jsonOf((result as Readonly<Record<string, unknown>>).body)) };
}

/** Bodies are text or bytes. A large one is not read: parsing it would hold up the program. */
function jsonOf(body: unknown): unknown {
  try {
    if (typeof body === 'string') return body.length > limits.parsedBodyBytesMax ? undefined : JSON.parse(body);
    if (!(body instanceof Uint8Array) || body.byteLength > limits.parsedBodyBytesMax) return undefined;
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function operationOf(modelId: string, body: unknown): Operation {
  if (/embed/.test(modelId)) return 'embeddings';
  if (/rerank/.test(modelId)) return 'rerank';
  if (/canvas|image-generator|stability\./.test(modelId)) return 'image_generation';
  const { texts, input_type, query, documents } = fields(body);
  if (texts !== undefined && input_type !== undefined) return 'embeddings';
  return query !== undefined && documents !== undefined ? 'rerank' : 'chat';
}

function defined<Known extends object>(known: Known | undefined): Partial<Known> {
  return Object.fromEntries(Object.entries(known ?? {}).filter(([, value]) => value !== undefined)) as Partial<Known>;
}
