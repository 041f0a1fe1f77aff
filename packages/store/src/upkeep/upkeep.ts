/** What is done to stored spans after they came: deleting them for good, and finding out how many there are of which day. */
import type { SpanFilter } from '../store.ts';

/** What deleting found, and what a count afterwards says. */
export interface Deletion {
  spans: number;
  traces: number;
  /** Spans that the same question still finds: 0, unless some came in meanwhile. */
  left: number;
}

export interface Purge {
  /** Whether nothing of what was deleted is left on the disk of the store. */
  gone: boolean;
  /** Why, in words. */
  detail: string;
}

/** The spans of a tenant that started on one day. */
export interface DayOfSpans {
  tenant: string;
  /** Its begin in UTC, in nanoseconds. */
  day: bigint;
  spans: number;
  /** Of their text, before the store compresses it. */
  bytes: bigint;
}

export interface StoreUpkeep {
  /**
   * Deletes spans, and what sums and summaries say of them: nobody who asks from then on is told of them. Doing it again finds none.
   * Their bytes may lie on the disk until {@link purge}. Whoever keeps sums has to make them anew.
   */
  deleteSpans(filter: SpanFilter): Promise<Deletion>;
  /**
   * Makes bytes of spans that were deleted until then (Unix milliseconds) leave the disk. May take as long as copying everything; adding
   * may wait meanwhile.
   */
  purge(deletedMs: number): Promise<Purge>;
  /**
   * Completes what a process left half that died while it deleted. A driver whose deletions are whole or not at all has none. Adding may
   * go on meanwhile.
   */
  repair?(): Promise<void>;
  /** By tenant and day, the oldest day first. Bytes are 0 unless they are asked for, as all text has to be read for them. */
  days(withBytes: boolean): Promise<DayOfSpans[]>;
}

export const nanosPerDay = 86_400_000_000_000n;

/** Columns whose text makes a span long, and what the other columns take about. */
export const longColumns = ['facts', 'attributes', 'events', 'links', 'resource'] as const;
export const shortBytes = 200;

export function byTenant<Row extends { tenant: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const tenants = new Map<string, Row[]>();
  for (const row of rows) {
    const known = tenants.get(row.tenant);
    if (known) known.push(row);
    else tenants.set(row.tenant, [row]);
  }
  return tenants;
}
