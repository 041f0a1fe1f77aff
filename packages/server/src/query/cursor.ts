import type { SpanPage, TracePage } from '@tallyspan/store';

type Before = NonNullable<TracePage['before']>;

/** Where the next page starts, as text that means nothing to anybody else. */
export function writeCursor({ start, traceId }: Before): string {
  return Buffer.from(`${start}.${traceId}`).toString('base64url');
}

/** Undefined for what is no cursor of ours. */
export function readCursor(cursor: string): Before | undefined {
  const match = /^(\d{1,19})\.([0-9a-f]{32})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) return undefined;
  const before = { start: BigInt(match[1]!), traceId: match[2]! };
  return before.start < 2n ** 63n && writeCursor(before) === cursor ? before : undefined;
}

type BeforeSpan = NonNullable<SpanPage['before']>;

/** The same for spans. */
export function writeSpanCursor({ start, traceId, spanId, tenant }: BeforeSpan): string {
  return Buffer.from(`${start}.${traceId}.${spanId}.${tenant}`).toString('base64url');
}

/** Undefined for what is no cursor of ours. */
export function readSpanCursor(cursor: string): BeforeSpan | undefined {
  const match = /^(\d{1,19})\.([0-9a-f]{32})\.([0-9a-f]{16})\.(.*)$/s.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) return undefined;
  const before = { start: BigInt(match[1]!), traceId: match[2]!, spanId: match[3]!, tenant: match[4]! };
  return before.start < 2n ** 63n && writeSpanCursor(before) === cursor ? before : undefined;
}
