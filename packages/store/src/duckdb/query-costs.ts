import type { DuckDBConnection } from '@duckdb/node-api';
import type { Dimension } from '../dimensions.ts';
import type { CostFilter, CostRow, Totals } from '../store.ts';
import { readTotals } from '../read-rows.ts';
import { costAnswer, costOrder, costRowsAsked, keyColumns, totalAnswer } from '../cost-rows.ts';
import type { Conditions } from '../conditions.ts';
import { type Cover, coverOf } from '../sum-cover.ts';
import { findBlocks } from './find-blocks.ts';
import { query } from './query.ts';
import { runNumber, speech } from './speech.ts';
import { spansWhere } from './spans-where.ts';
import { addSums, sumsOf } from './sums.ts';
import { selectTotals } from './totals.ts';

/** Dearest first, then by calls, then by key, so that the same spans always give the same list. */
export async function sumCosts(
  connection: DuckDBConnection,
  by: readonly Dimension[],
  filter: CostFilter,
): Promise<{ rows: CostRow[]; total: Totals; truncated: boolean }> {
  const cover = coverOf(by, filter);
  const { from: _from, to: _to, ...always } = filter;
  const where = cover ? spansWhere(always) : spansWhere(filter, await findBlocks(connection, filter));
  const { select, keys } = keyColumns(by, runNumber, where, speech);
  const { from, totals, some } = cover ? fromSums(where, cover) : fromSpans(where);
  const total = async (): Promise<Totals> => {
    const [row] = await query(connection, `SELECT ${totals} FROM ${from}`, where.parameters);
    return readTotals(row!);
  };
  if (by.length === 0) return totalAnswer(await total());
  const rows = await query(
    connection,
    `SELECT ${select}, ${totals} FROM ${from} GROUP BY ${keys.join(', ')} ${some} ${costOrder(keys)} LIMIT $limit`,
    { ...where.parameters, limit: costRowsAsked },
  );
  return costAnswer(rows, keys, total);
}

function fromSpans(where: Conditions) {
  return { from: `spans WHERE billable AND ${where}`, totals: selectTotals, some: '' };
}

/** Whole hours from their sums, and from the spans what is left of the first and the last one. */
function fromSums(where: Conditions, cover: Cover) {
  const range = ({ from, to }: Pick<Cover, 'from' | 'to'>) =>
    [
      ...(from === undefined ? [] : [`start_nanos >= ${where.bind(from)}`]),
      ...(to === undefined ? [] : [`start_nanos < ${where.bind(to)}`]),
      String(where),
    ].join(' AND ');
  const parts = [`SELECT * FROM sums WHERE ${range(cover)}`, ...cover.edges.map((edge) => sumsOf(range(edge)))];
  // Calls of a key that went may stand beside the same calls that came.
  return { from: `(${parts.join(' UNION ALL BY NAME ')})`, totals: addSums, some: 'HAVING sum("calls") <> 0' };
}
