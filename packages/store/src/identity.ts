/** A span is identified by (tenant, trace id, span id). */
import { tenantOf } from './span-columns.ts';
import type { StoredSpan } from './store.ts';

/** Starts of spans, both inclusive. Spans come roughly in order of time, so a narrow one lets DuckDB skip most blocks. */
export interface StartRange {
  first: bigint;
  last: bigint;
}

/** By {@link identity}. Of several with the same, the first one counts. */
export function firstOfEach(spans: readonly StoredSpan[]): Map<string, StoredSpan> {
  const first = new Map<string, StoredSpan>();
  for (const span of spans) {
    const key = identity(tenantOf(span), span.traceId, span.spanId);
    if (!first.has(key)) first.set(key, span);
  }
  return first;
}

export function identity(tenant: string, traceId: string, spanId: string): string {
  return `${traceId.length}:${traceId}${spanId.length}:${spanId}${tenant}`;
}

export function startsOf(spans: readonly StoredSpan[]): StartRange {
  let first = spans[0]?.start ?? 0n;
  let last = first;
  for (const { start } of spans) {
    if (start < first) first = start;
    if (start > last) last = start;
  }
  return { first, last };
}
