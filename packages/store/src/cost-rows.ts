/** What the cost pivots of both engines have in common. */
import { limits } from '@tallyspan/facts';
import { readTotals } from './read-rows.ts';
import type { Row } from './span-columns.ts';
import type { CostRow, Dimension, Totals } from './store.ts';
import { sumTotals } from './sum-totals.ts';

/** Dimensions that each engine reads in its own way. */
export type OwnDimensions = Record<'tenant' | 'run', string>;

const sharedDimensions: Record<Exclude<Dimension, keyof OwnDimensions>, string> = {
  agent: 'agent',
  role: 'role',
  provider: 'provider',
  model: 'coalesce(response_model, request_model)',
  operation: 'operation',
  user: 'user_id',
  session: 'session_id',
};

/**
 * How these dimensions are read from a row of `spans`: `agent AS key0, role AS key1`, and the keys. Nothing else of a request becomes text
 * of a statement.
 */
export function keyColumns(by: readonly Dimension[], own: OwnDimensions): { select: string; keys: string[] } {
  const columns: Record<string, string> = { ...sharedDimensions, ...own };
  const select = by.map((dimension, index) => {
    if (!Object.hasOwn(columns, dimension)) throw new RangeError(`there is no dimension ${dimension}`);
    return `${columns[dimension]} AS key${index}`;
  });
  return { select: select.join(', '), keys: by.map((_, index) => `key${index}`) };
}

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export function costOrder(keys: readonly string[]): string {
  return `ORDER BY "costNanos" DESC, "calls" DESC, ${keys.map((key) => `${key} ASC NULLS LAST`).join(', ')}`;
}

/** One row more than are shown, to know whether there are more. */
export const costRowsAsked = limits.costRowsMax + 1;

/** `total` is asked for only when there are more rows than are shown. */
export async function costAnswer(rows: readonly Row[], keys: readonly string[], total: () => Promise<Totals>) {
  const costRows = rows.map((row): CostRow => ({
    key: keys.map((key) => row[key] as string | null),
    ...readTotals(row),
  }));
  if (costRows.length < costRowsAsked) return { rows: costRows, total: sumTotals(costRows), truncated: false };
  return { rows: costRows.slice(0, limits.costRowsMax), total: await total(), truncated: true };
}

/** Of no dimension: one row, or none when there was no call. */
export function totalAnswer(total: Totals): { rows: CostRow[]; total: Totals; truncated: false } {
  return { rows: total.calls > 0 ? [{ key: [], ...total }] : [], total, truncated: false };
}
