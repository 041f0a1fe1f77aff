import { costAnswer, costOrder, costRowsAsked, keyColumns, totalAnswer, type OwnDimensions } from '../cost-rows.ts';
import type { CostFilter, CostRow, Dimension, Totals } from '../store.ts';
import { readTotals } from '../read-rows.ts';
import { noTotals } from '../sum-totals.ts';
import { conditions, type Connection } from './connection.ts';
import { isTraceId, traceIs } from './ids.ts';
import { numberedRuns } from './number-runs.ts';
import { addTotalsUp, selectTotals } from './totals.ts';

const ownDimensions: OwnDimensions = {
  tenant: 'if(tenant_given, CAST(tenant AS Nullable(String)), NULL)',
  run: 'run_id',
};

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export async function sumCosts(
  connection: Connection,
  by: readonly Dimension[],
  filter: CostFilter,
): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }> {
  const { tenant, agent, traceId } = filter;
  if (traceId !== undefined && !isTraceId(traceId)) return { rows: [], total: noTotals(), truncated: false };
  const where = conditions()
    .add('billable', {})
    .addRange('start_nanos', filter)
    .add('tenant = {tenant:String}', { tenant })
    .add('agent = {agent:String}', { agent })
    .add(traceIs('traceId'), { traceId });
  const total = async (): Promise<Totals> => {
    const sql = `SELECT ${selectTotals} FROM spans FINAL WHERE ${where}`;
    const [row] = await connection.query(sql, where.parameters);
    return readTotals(row!);
  };
  if (by.length === 0) return totalAnswer(await total());
  const { select, keys } = keyColumns(by, ownDimensions);
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
