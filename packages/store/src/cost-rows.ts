/** What the cost pivots of both engines have in common. */
import { limits } from '@tallyspan/facts';
import { isTextField } from '@tallyspan/facts/query';
import type { Conditions } from './conditions.ts';
import { bucketOf, type Dimension, keyedDimension, timeBuckets, windowOf } from './dimensions.ts';
import { keyedColumns, type Speech } from './filter-sql.ts';
import { readTotals } from './read-rows.ts';
import type { Row } from './span-columns.ts';
import { spanTexts } from './span-texts.ts';
import type { CostRow, Totals } from './store.ts';
import { sumTotals } from './sum-totals.ts';

/** How a dimension is read from a row of `spans`; NULL where it does not say. The key of an attribute is bound by `where`. */
export function dimensionSql(
  dimension: Dimension,
  run: string,
  where: Conditions,
  speech: Pick<Speech, 'attribute'>,
): string {
  if (dimension === 'run') return run;
  if (isTextField(dimension)) return spanTexts[dimension];
  const bucket = bucketOf(dimension);
  if (bucket) return `CAST(start_nanos - start_nanos % ${timeBuckets[bucket]} AS VARCHAR)`;
  const window = windowOf(dimension);
  if (window) {
    const before = `(${window.end - 1n} - start_nanos)`;
    return `CAST(${before} - ${before} % ${window.length} AS VARCHAR)`;
  }
  const keyed = keyedDimension(dimension);
  if (!keyed) throw new RangeError(`there is no dimension ${dimension}`);
  return speech.attribute(keyedColumns[keyed.of], where.bind(keyed.key));
}

/** `agent AS key0, role AS key1`, and the keys. Nothing else of a request becomes text of a statement. */
export function keyColumns(
  by: readonly Dimension[],
  run: string,
  where: Conditions,
  speech: Pick<Speech, 'attribute'>,
): { select: string; keys: string[] } {
  const select = by.map((dimension, index) => `${dimensionSql(dimension, run, where, speech)} AS key${index}`);
  return { select: select.join(', '), keys: by.map((_, index) => `key${index}`) };
}

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export function costOrder(keys: readonly string[]): string {
  return orderBy('"costNanos" DESC, "calls" DESC', keys);
}

export function orderBy(first: string, keys: readonly string[]): string {
  return `ORDER BY ${[first, ...keys.map((key) => `${key} ASC NULLS LAST`)].join(', ')}`;
}

/** One row more than are shown, to know whether there are more. */
export const costRowsAsked = limits.costRowsMax + 1;

/** `total` is asked for only when there are more rows than are shown. */
export async function costAnswer(rows: readonly Row[], keys: readonly string[], total: () => Promise<Totals>) {
  const costRows = rows.map((row): CostRow => ({ key: keyOf(row, keys), ...readTotals(row) }));
  if (costRows.length < costRowsAsked) return { rows: costRows, total: sumTotals(costRows), truncated: false };
  return { rows: costRows.slice(0, limits.costRowsMax), total: await total(), truncated: true };
}

export function keyOf(row: Row, keys: readonly string[]): (string | null)[] {
  return keys.map((key) => row[key] as string | null);
}

/** Of no dimension: one row, or none when there was no call. */
export function totalAnswer(total: Totals): { rows: CostRow[]; total: Totals; truncated: false } {
  return { rows: total.calls > 0 ? [{ key: [], ...total }] : [], total, truncated: false };
}
