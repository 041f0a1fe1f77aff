import { usdFromNanos } from '@tallyspan/facts';
import { bucketOf, type Dimension, type GroupRow } from '@tallyspan/store';
import { presentTotals } from './present.ts';
import { isoFromNanos } from './time.ts';

/** A bucket of time is shown by its start. */
export function presentKey(by: readonly Dimension[], key: readonly (string | null)[]): (string | null)[] {
  return key.map((value, index) =>
    value !== null && bucketOf(by[index] ?? '') !== undefined ? isoFromNanos(BigInt(value)) : value,
  );
}

export function presentFigures(row: GroupRow) {
  const { calls, errors, unpricedCalls, costNanos, spans, errorSpans, runs, sessions, users } = row;
  const priced = BigInt(calls - unpricedCalls);
  return {
    ...presentTotals(row),
    // Half a nano-dollar is rounded up.
    costPerCallUsd: priced > 0n ? usdFromNanos((costNanos * 2n + priced) / (priced * 2n)) : null,
    errorRate: calls > 0 ? errors / calls : null,
    spans,
    errorSpans,
    runs,
    sessions,
    users,
    first: isoFromNanos(row.first),
    last: isoFromNanos(row.last),
  };
}

export function presentPercentiles({ durationMs, timeToFirstChunkMs, tokensPerSecond }: GroupRow) {
  return {
    durationMs: durationMs ?? null,
    timeToFirstChunkMs: timeToFirstChunkMs ?? null,
    tokensPerSecond: tokensPerSecond ?? null,
  };
}
