/** A span is identified by (tenant, trace id, span id). */
import { tenantOf } from './span-columns.ts';
import type { StoredSpan } from './store.ts';

/** Starts of spans, both inclusive. Spans come roughly in order of time, so a narrow one lets DuckDB skip most blocks. */
export interface StartRange {
  first: bigint;
  last: bigint;
}

/** Of several with the same {@link identity}, the first one. */
export function firstOfEach(spans: readonly StoredSpan[]): StoredSpan[] {
  const first: StoredSpan[] = [];
  // Span ids are random, so the longer identity is hardly ever needed.
  const bySpanId = new Map<string, StoredSpan>();
  const identities = new Set<string>();
  for (const span of spans) {
    const other = bySpanId.get(span.spanId);
    if (other === undefined) bySpanId.set(span.spanId, span);
    else {
      identities.add(identityOf(other));
      const before = identities.size;
      if (identities.add(identityOf(span)).size === before) continue;
    }
    first.push(span);
  }
  return first;
}

export function identityOf(span: StoredSpan): string {
  return identity(tenantOf(span), span.traceId, span.spanId);
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
