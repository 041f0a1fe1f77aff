import type { TracePage } from '@tallyspan/store';

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
