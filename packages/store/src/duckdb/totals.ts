import type { Totals } from '../store.ts';
import { costLowBits } from '../span-columns.ts';

/** Only calls that are billed count: an agent's span repeats what its children used. */
const only = 'FILTER (WHERE billable)';

/** How each figure of {@link Totals} is summed over rows of `spans`. Sums of BIGINT are HUGEINT, so they are exact. */
const sums: Record<keyof Totals, string> = {
  calls: `count(*) ${only}`,
  errors: `count_if(status = 'error') ${only}`,
  inputTokens: `sum(input_tokens) ${only}`,
  outputTokens: `sum(output_tokens) ${only}`,
  cacheReadTokens: `sum(cache_read_tokens) ${only}`,
  cacheWriteTokens: `sum(cache_write_tokens) ${only}`,
  reasoningTokens: `sum(reasoning_tokens) ${only}`,
  costNanos: `sum(cost_nanos_high) ${only} * ${2n ** BigInt(costLowBits)}::HUGEINT + sum(cost_nanos) ${only}`,
  unpricedCalls: `count_if(cost_source = 'unpriced') ${only}`,
};
const names = Object.keys(sums) as (keyof Totals)[];

/** `coalesce(…) AS "calls", …` */
export const selectTotals = names.map((name) => `coalesce(${sums[name]}, 0) AS "${name}"`).join(', ');

/** Columns for finished totals. Money is kept as text, since HUGEINT is slow to read back; nobody sums these again. */
export const totalColumns = names.map((name) => `"${name}" ${name === 'costNanos' ? 'VARCHAR' : 'DOUBLE'}`).join(', ');
