import { usdFromNanos } from '@tallyspan/facts/units';
import type { Totals } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';

export const NOTHING: Totals = {
  calls: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costUsd: '0',
  unpricedCalls: 0,
};

/** Exact: dollars in whole nano-dollars. */
export function sumTotals(parts: Iterable<Totals>): Totals {
  let nanos = 0n;
  const sum = { ...NOTHING };
  for (const part of parts) {
    nanos += nanosFromUsd(part.costUsd);
    for (const name of COUNTS) sum[name] += part[name];
  }
  return { ...sum, costUsd: usdFromNanos(nanos) };
}

/** What is left of a whole when its listed parts are taken away; undefined when nothing is. */
export function restOf(whole: Totals, listed: readonly Totals[]): Totals | undefined {
  const sum = sumTotals(listed);
  const rest = { ...NOTHING, costUsd: usdFromNanos(nanosFromUsd(whole.costUsd) - nanosFromUsd(sum.costUsd)) };
  for (const name of COUNTS) rest[name] = whole[name] - sum[name];
  return rest.calls === 0 && rest.costUsd === '0' ? undefined : rest;
}

const COUNTS = [
  'calls',
  'errors',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'unpricedCalls',
] as const satisfies (keyof Totals)[];
