import { isRefusal, type SpanReading } from './admit-span.ts';
import { readJsonTraces } from './json-traces.ts';
import { readProtobufTraces } from './protobuf-traces.ts';
import { Refusals } from './refusals.ts';

/** How a body is written; also how its answer is. */
export type Format = 'protobuf' | 'json';

export const contentTypes: Record<Format, string> = { protobuf: 'application/x-protobuf', json: 'application/json' };

/** The spans of an ExportTraceServiceRequest, one at a time. Throws BODY_UNREADABLE. Pure: the same bytes are read the same for ever. */
export function readTraces(body: Uint8Array, format: Format): SpanReading {
  return format === 'protobuf' ? readProtobufTraces(body) : readJsonTraces(body);
}

export interface TracesChecked {
  accepted: number;
  refusals: Refusals;
}

/** Spans between two looks at the clock. */
const CHECK_EVERY = 64;
/** The longest stretch of reading before other requests have their turn. */
const TURN_MS = 10;

/** Reads a whole body and keeps only the counts, giving way to other work every few milliseconds. Throws BODY_UNREADABLE. */
export async function checkTraces(body: Uint8Array, format: Format): Promise<TracesChecked> {
  const checked: TracesChecked = { accepted: 0, refusals: new Refusals() };
  let turnEnd = performance.now() + TURN_MS;
  let read = 0;
  for (const span of readTraces(body, format)) {
    if (span !== undefined && isRefusal(span)) checked.refusals.add(span);
    else if (span !== undefined) checked.accepted++;
    if (++read % CHECK_EVERY === 0 && performance.now() > turnEnd) {
      await new Promise((resolve) => setImmediate(resolve));
      turnEnd = performance.now() + TURN_MS;
    }
  }
  return checked;
}
