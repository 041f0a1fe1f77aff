import { dimensionSql, keyColumns } from '../cost-rows.ts';
import type { Dimension } from '../dimensions.ts';
import { keyedColumns } from '../filter-sql.ts';
import { groupAnswer, groupFigures, groupOrder, keySpansMax, measures, readScanner, shares } from '../group-rows.ts';
import type { GroupQuestion, ScannerCount, SpanFilter, ValueCount } from '../store.ts';
import type { Connection } from './connection.ts';
import { numberedRuns } from './number-runs.ts';
import { spansWhere } from './spans-where.ts';
import { speech } from './speech.ts';
import { selectTotals } from './totals.ts';

const figures = groupFigures((condition) => `countIf(${condition})`);
const percentiles = Object.entries(measures).map(
  ([name, { value, when }]) => `quantilesExactInclusiveIf(${shares.join(', ')})(${value}, ${when}) AS "${name}"`,
);
/** The number of a run is counted when it is asked for. */
const runNumber = `CAST(numbered.number AS Nullable(String))`;
const withRuns = `GLOBAL LEFT JOIN (${numberedRuns('true')}) AS numbered ON numbered.run_key = spans.run_key`;
const source = (by: readonly Dimension[]) => `spans FINAL ${by.includes('run') ? withRuns : ''}`;

export async function groupSpans(connection: Connection, question: GroupQuestion) {
  const { by, of, filter, order, limit } = question;
  const where = spansWhere(filter);
  if (of === 'calls') where.add('billable', {});
  const { select, keys } = keyColumns(by, runNumber, where, speech);
  const columns = [...(select ? [select] : []), selectTotals, figures, ...(question.percentiles ? percentiles : [])];
  const rows = await connection.query(
    `SELECT ${columns.join(', ')} FROM ${source(by)} WHERE ${where}
     ${keys.length > 0 ? `GROUP BY ${keys.join(', ')}` : 'HAVING count() > 0'} ${groupOrder(order, keys)} LIMIT {limit:UInt32}`,
    { ...where.parameters, limit: limit + 1 },
  );
  return groupAnswer(rows, keys, limit);
}

export async function countValues(
  connection: Connection,
  of: Dimension,
  prefix: string,
  filter: SpanFilter,
  limit: number,
): Promise<ValueCount[]> {
  const where = spansWhere(filter);
  const value = dimensionSql(of, runNumber, where, speech);
  const rows = await connection.query(
    `SELECT value, count() AS "count" FROM (SELECT ${value} AS value FROM ${source([of])} WHERE ${where})
     WHERE value IS NOT NULL AND startsWith(lowerUTF8(assumeNotNull(value)), lowerUTF8({prefix:String}))
     GROUP BY value ORDER BY "count" DESC, value LIMIT {limit:UInt32}`,
    { ...where.parameters, prefix, limit },
  );
  return rows.map((row) => ({ value: row.value as string, count: Number(row.count) }));
}

export async function countKeys(
  connection: Connection,
  of: 'attr' | 'resource',
  prefix: string,
  filter: SpanFilter,
  limit: number,
): Promise<ValueCount[]> {
  const where = spansWhere(filter);
  const column = keyedColumns[of];
  const rows = await connection.query(
    `SELECT key, count() AS "count" FROM (
       SELECT arrayJoin(JSONExtractKeys(${column})) AS key FROM (
         SELECT ${column} FROM spans FINAL WHERE ${where} ORDER BY start_nanos DESC LIMIT ${keySpansMax}))
     WHERE startsWith(lowerUTF8(key), lowerUTF8({prefix:String})) GROUP BY key ORDER BY "count" DESC, key LIMIT {limit:UInt32}`,
    { ...where.parameters, prefix, limit },
  );
  return rows.map((row) => ({ value: (row.key as string).replace(/^~/, ''), count: Number(row.count) }));
}

export async function countScanners(
  connection: Connection,
  filter: SpanFilter,
  limit: number,
): Promise<ScannerCount[]> {
  const where = spansWhere(filter).add('guard_outcome IS NOT NULL', {});
  const found = (fact: string) => `JSONExtractKeys(JSONExtractString(facts, '${fact}'))`;
  const rows = await connection.query(
    `SELECT scanner, outcome, given, agent, count() AS "count" FROM (
       SELECT arrayJoin(arrayDistinct(arrayConcat(${found('guardScanners')}, ${found('guardOutputScanners')}))) AS scanner,
         guard_outcome AS outcome, CASE WHEN tenant_given THEN tenant END AS given, agent FROM spans FINAL WHERE ${where})
     GROUP BY scanner, outcome, given, agent
     ORDER BY "count" DESC, scanner, outcome, given NULLS LAST, agent NULLS LAST LIMIT {limit:UInt32}`,
    { ...where.parameters, limit },
  );
  return rows.map(readScanner);
}
