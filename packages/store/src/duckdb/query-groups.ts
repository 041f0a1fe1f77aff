import type { DuckDBConnection } from '@duckdb/node-api';
import { dimensionSql, keyColumns } from '../cost-rows.ts';
import type { Dimension } from '../dimensions.ts';
import { keyedColumns } from '../filter-sql.ts';
import { groupAnswer, groupFigures, groupOrder, keySpansMax, measures, readScanner, shares } from '../group-rows.ts';
import type { GroupQuestion, ScannerCount, SpanFilter, ValueCount } from '../store.ts';
import { findBlocks } from './find-blocks.ts';
import { query } from './query.ts';
import { runNumber, speech } from './speech.ts';
import { spansWhere } from './spans-where.ts';
import { selectTotals } from './totals.ts';

const figures = groupFigures((condition) => `count_if(${condition})`);
const percentiles = Object.entries(measures).map(
  ([name, { value, when }]) => `quantile_cont(${value}, [${shares.join(', ')}]) FILTER (WHERE ${when}) AS "${name}"`,
);

export async function groupSpans(connection: DuckDBConnection, question: GroupQuestion) {
  const { by, of, filter, order, limit } = question;
  const where = spansWhere(filter, await findBlocks(connection, filter));
  if (of === 'calls') where.add('billable', {});
  const { select, keys } = keyColumns(by, runNumber, where, speech);
  const columns = [...(select ? [select] : []), selectTotals, figures, ...(question.percentiles ? percentiles : [])];
  const rows = await query(
    connection,
    `SELECT ${columns.join(', ')} FROM spans WHERE ${where}
     ${keys.length > 0 ? `GROUP BY ${keys.join(', ')}` : 'HAVING count(*) > 0'} ${groupOrder(order, keys)} LIMIT $limit`,
    { ...where.parameters, limit: limit + 1 },
  );
  return groupAnswer(rows, keys, limit);
}

export async function countValues(
  connection: DuckDBConnection,
  of: Dimension,
  prefix: string,
  filter: SpanFilter,
  limit: number,
): Promise<ValueCount[]> {
  const where = spansWhere(filter, await findBlocks(connection, filter));
  const value = dimensionSql(of, runNumber, where, speech);
  const rows = await query(
    connection,
    `SELECT value, count(*) AS "count" FROM (SELECT ${value} AS value FROM spans WHERE ${where})
     WHERE value IS NOT NULL AND starts_with(lower(value), lower($prefix))
     GROUP BY value ORDER BY "count" DESC, value LIMIT $limit`,
    { ...where.parameters, prefix, limit },
  );
  return rows.map((row) => ({ value: row.value as string, count: Number(row.count) }));
}

export async function countKeys(
  connection: DuckDBConnection,
  of: 'attr' | 'resource',
  prefix: string,
  filter: SpanFilter,
  limit: number,
): Promise<ValueCount[]> {
  const where = spansWhere(filter, await findBlocks(connection, filter));
  const column = keyedColumns[of];
  const rows = await query(
    connection,
    `SELECT key, count(*) AS "count" FROM (
       SELECT unnest(json_keys(${column})) AS key FROM (
         SELECT ${column} FROM spans WHERE ${where} ORDER BY start_nanos DESC LIMIT ${keySpansMax}))
     WHERE starts_with(lower(key), lower($prefix)) GROUP BY key ORDER BY "count" DESC, key LIMIT $limit`,
    { ...where.parameters, prefix, limit },
  );
  return rows.map((row) => ({ value: (row.key as string).replace(/^~/, ''), count: Number(row.count) }));
}

export async function countScanners(
  connection: DuckDBConnection,
  filter: SpanFilter,
  limit: number,
): Promise<ScannerCount[]> {
  const where = spansWhere(filter, await findBlocks(connection, filter)).add('guard_outcome IS NOT NULL', {});
  const found = (fact: string) =>
    `CASE WHEN json_valid(json_extract_string(facts, '/${fact}')) THEN json_keys(json_extract_string(facts, '/${fact}')) ELSE [] END`;
  const rows = await query(
    connection,
    `SELECT scanner, guard_outcome AS outcome, given, agent, count(*) AS "count" FROM (
       SELECT unnest(list_distinct(list_concat(${found('guardScanners')}, ${found('guardOutputScanners')}))) AS scanner,
         guard_outcome, CASE WHEN tenant_given THEN tenant END AS given, agent FROM spans WHERE ${where})
     GROUP BY ALL ORDER BY "count" DESC, scanner, outcome, given NULLS LAST, agent NULLS LAST LIMIT $limit`,
    { ...where.parameters, limit },
  );
  return rows.map(readScanner);
}
