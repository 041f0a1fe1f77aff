import type { SpanReading } from './admit-span.ts';
import { readJsonTraces } from './json-traces.ts';
import { readProtobufTraces } from './protobuf-traces.ts';

/** How a body is written; also how its answer is. */
export type Format = 'protobuf' | 'json';

export const contentTypes: Record<Format, string> = { protobuf: 'application/x-protobuf', json: 'application/json' };

/** The spans of an ExportTraceServiceRequest, one at a time. Throws BODY_UNREADABLE. Pure: the same bytes are read the same for ever. */
export function readTraces(body: Uint8Array, format: Format): SpanReading {
  return format === 'protobuf' ? readProtobufTraces(body) : readJsonTraces(body);
}

/** The same, for whoever wants to know only which spans are good and when they start: their texts may be missing. */
export function skimTraces(body: Uint8Array, format: Format): SpanReading {
  return format === 'protobuf' ? readProtobufTraces(body, true) : readJsonTraces(body);
}
