import type { DuckDBConnection } from '@duckdb/node-api';
import type { Dimension } from '../dimensions.ts';
import type { CostFilter, CostRow, Totals } from '../store.ts';
import { readTotals } from '../read-rows.ts';
import { costAnswer, costOrder, costRowsAsked, keyColumns, totalAnswer } from '../cost-rows.ts';
import { query } from './query.ts';
import { runNumber, speech } from './speech.ts';
import { spansWhere } from './spans-where.ts';
import { selectTotals } from './totals.ts';

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export async function sumCosts(
  connection: DuckDBConnection,
  by: readonly Dimension[],
  filter: CostFilter,
): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }> {
  const where = spansWhere(filter).add('billable', {});
  const total = async (): Promise<Totals> => {
    const [row] = await query(connection, `SELECT ${selectTotals} FROM spans WHERE ${where}`, where.parameters);
    return readTotals(row!);
  };
  if (by.length === 0) return totalAnswer(await total());
  const { select, keys } = keyColumns(by, runNumber, where, speech);
  const rows = await query(
    connection,
    `SELECT ${select}, ${selectTotals} FROM spans WHERE ${where} GROUP BY ${keys.join(', ')} ${costOrder(keys)} LIMIT $limit`,
    { ...where.parameters, limit: costRowsAsked },
  );
  return costAnswer(rows, keys, total);
}
