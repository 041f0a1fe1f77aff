import { costLowBits } from '../span-columns.ts';
import type { Totals } from '../store.ts';

/** Sums of 64-bit columns wrap around in ClickHouse, so they are made of wider numbers; of no values at all they are NULL. */
const sum = (column: string) => `ifNull(sumIf(toInt128(${column}), billable), 0)`;

/** How each figure of {@link Totals} is summed over rows of `spans`: only calls that are billed count. */
const sums: Record<keyof Totals, string> = {
  calls: 'countIf(billable)',
  errors: `countIf(billable AND status = 'error')`,
  inputTokens: sum('input_tokens'),
  outputTokens: sum('output_tokens'),
  cacheReadTokens: sum('cache_read_tokens'),
  cacheWriteTokens: sum('cache_write_tokens'),
  reasoningTokens: sum('reasoning_tokens'),
  costNanos: `${sum('cost_nanos_high')} * toInt128(${2n ** BigInt(costLowBits)}) + ${sum('cost_nanos')}`,
  unpricedCalls: `countIf(billable AND ifNull(cost_source = 'unpriced', false))`,
};
const names = Object.keys(sums) as (keyof Totals)[];

/** `… AS "calls", …` over rows of `spans`. */
export const selectTotals = names.map((name) => `${sums[name]} AS "${name}"`).join(', ');
/** `sum("calls") AS "calls", …` over rows that are totals already. */
export const addTotalsUp = names.map((name) => `sum("${name}") AS "${name}"`).join(', ');

/** Columns for finished totals. */
export const totalColumns = names.map((name) => ({ name, type: 'Int128' }));
