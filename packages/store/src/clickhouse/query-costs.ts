import { costAnswer, costOrder, costRowsAsked, keyColumns, totalAnswer } from '../cost-rows.ts';
import type { Dimension } from '../dimensions.ts';
import type { CostFilter, CostRow, Totals } from '../store.ts';
import { readTotals } from '../read-rows.ts';
import type { Connection } from './connection.ts';
import { numberedRuns } from './number-runs.ts';
import { spansWhere } from './spans-where.ts';
import { speech } from './speech.ts';
import { addTotalsUp, selectTotals } from './totals.ts';

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export async function sumCosts(
  connection: Connection,
  by: readonly Dimension[],
  filter: CostFilter,
): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }> {
  const where = spansWhere(filter).add('billable', {});
  const total = async (): Promise<Totals> => {
    const sql = `SELECT ${selectTotals} FROM spans FINAL WHERE ${where}`;
    const [row] = await connection.query(sql, where.parameters);
    return readTotals(row!);
  };
  if (by.length === 0) return totalAnswer(await total());
  const { select, keys } = keyColumns(by, 'run_id', where, speech);
  const sums = by.includes('run')
    ? sumsByRun(by, select, String(where))
    : `SELECT ${select}, ${selectTotals} FROM spans FINAL WHERE ${where} GROUP BY ${keys.join(', ')}`;
  const rows = await connection.query(`SELECT * FROM (${sums}) ${costOrder(keys)} LIMIT {limit:UInt32}`, {
    ...where.parameters,
    limit: costRowsAsked,
  });
  return costAnswer(rows, keys, total);
}

/** Runs are summed first, and then those with the same number, as several agents have a first run. */
function sumsByRun(by: readonly Dimension[], columns: string, where: string): string {
  const run = by.indexOf('run');
  const keys = by.map((_, index) => `key${index}`);
  const shown = keys.map((key, index) => (index === run ? `toString(number) AS ${key}` : `sums.${key} AS ${key}`));
  const grouped = keys.map((key, index) => (index === run ? 'number' : `sums.${key}`));
  return `SELECT ${shown.join(', ')}, ${addTotalsUp} FROM (
      SELECT ${columns}, run_key, ${selectTotals} FROM spans FINAL WHERE ${where} GROUP BY ${keys.join(', ')}, run_key
    ) AS sums GLOBAL LEFT JOIN (${numberedRuns('true')}) AS numbered ON numbered.run_key = sums.run_key
    GROUP BY ${grouped.join(', ')}`;
}
