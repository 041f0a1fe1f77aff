import type { Costs } from '@tallyspan/server';
import { nanosFromUsd } from '../../format/money.ts';
import { millisFromIso } from '../../format/time.ts';

/** How a time is cut, and how long each piece is. */
export const BUCKETS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Bucket = keyof typeof BUCKETS;

/** Pieces that are drawn at most. */
const PIECES_MAX = 90;

/** The finest cut that gives no more pieces than can be drawn. */
export function bucketOf(lengthMs: number): Bucket {
  return lengthMs <= PIECES_MAX * BUCKETS.minute ? 'minute' : lengthMs <= PIECES_MAX * BUCKETS.hour ? 'hour' : 'day';
}

/**
 * Spend piece by piece, for each group of a pivot whose last dimension is the time. Pieces without spend are zero, so
 * that all groups share one axis. Groups are named by {@link seriesKey}.
 */
export function spendSeries(rows: Costs['rows'], bucket: Bucket, fromMs: number, toMs: number): Map<string, number[]> {
  const size = BUCKETS[bucket];
  const first = Math.floor(fromMs / size);
  const pieces = Math.min(PIECES_MAX * 5, Math.max(1, Math.floor(toMs / size) - first + 1));
  const series = new Map<string, number[]>();
  for (const { key, costUsd } of rows) {
    const at = Math.floor(millisFromIso(key.at(-1) ?? '') / size) - first;
    if (!(at >= 0 && at < pieces)) continue;
    const name = seriesKey(key.slice(0, -1));
    const values = series.get(name) ?? Array.from<number>({ length: pieces }).fill(0);
    series.set(name, values);
    values[at]! += Number(nanosFromUsd(costUsd)) / 1e9;
  }
  return series;
}

export function seriesKey(key: readonly (string | null)[]): string {
  return JSON.stringify(key);
}
