import type { Totals } from './store.ts';

/** The sum of no calls at all. */
export function noTotals(): Totals {
  return {
    calls: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costNanos: 0n,
    unpricedCalls: 0,
  };
}

/** Adds `part` to `sum`. */
export function addTotals(sum: Totals, part: Totals): void {
  sum.calls += part.calls;
  sum.errors += part.errors;
  sum.inputTokens += part.inputTokens;
  sum.outputTokens += part.outputTokens;
  sum.cacheReadTokens += part.cacheReadTokens;
  sum.cacheWriteTokens += part.cacheWriteTokens;
  sum.reasoningTokens += part.reasoningTokens;
  sum.costNanos += part.costNanos;
  sum.unpricedCalls += part.unpricedCalls;
}

/** The sum of all of these. */
export function sumTotals(rows: readonly Totals[]): Totals {
  const sum = noTotals();
  for (const row of rows) addTotals(sum, row);
  return sum;
}
