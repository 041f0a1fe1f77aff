import type { DuckDBConnection } from '@duckdb/node-api';
import type { CostFilter, CostRow, Dimension, Totals } from '../store.ts';
import { readTotals } from '../read-rows.ts';
import { costAnswer, costOrder, costRowsAsked, keyColumns, totalAnswer, type OwnDimensions } from '../cost-rows.ts';
import { conditions, query } from './query.ts';
import { selectTotals } from './totals.ts';

const ownDimensions: OwnDimensions = {
  tenant: 'CASE WHEN tenant_given THEN tenant END',
  run: 'CAST(run_number AS VARCHAR)',
};

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export async function sumCosts(
  connection: DuckDBConnection,
  by: readonly Dimension[],
  filter: CostFilter,
): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }> {
  const { tenant, agent, traceId } = filter;
  const where = conditions()
    .add('billable', {})
    .addRange('start_nanos', filter)
    .add('tenant = $tenant', { tenant })
    .add('agent = $agent', { agent })
    .add('trace_id = $traceId', { traceId });
  const total = async (): Promise<Totals> => {
    const [row] = await query(connection, `SELECT ${selectTotals} FROM spans WHERE ${where}`, where.parameters);
    return readTotals(row!);
  };
  if (by.length === 0) return totalAnswer(await total());
  const { select, keys } = keyColumns(by, ownDimensions);
  const rows = await query(
    connection,
    `SELECT ${select}, ${selectTotals} FROM spans WHERE ${where} GROUP BY ${keys.join(', ')} ${costOrder(keys)} LIMIT $limit`,
    { ...where.parameters, limit: costRowsAsked },
  );
  return costAnswer(rows, keys, total);
}
