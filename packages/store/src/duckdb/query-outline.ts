import type { DuckDBConnection } from '@duckdb/node-api';
import { emptyOutline, figureColumns, type Outline, patternColumns, readPattern } from '../outline.ts';
import { costLowBits, type Row } from '../span-columns.ts';
import type { SpanFilter } from '../store.ts';
import { findBlocks } from './find-blocks.ts';
import { query } from './query.ts';
import { spansWhere } from './spans-where.ts';

/**
 * DuckDB puts the columns together itself: bringing each value over into JavaScript costs more than a microsecond, and of a trace of
 * 100,000 spans there are three million.
 */
export async function outlineSpans(connection: DuckDBConnection, filter: SpanFilter): Promise<Outline> {
  const where = spansWhere(filter, await findBlocks(connection, filter));
  const { parameters } = where;
  const chosen = `WITH chosen AS (
    SELECT *, row_number() OVER (ORDER BY start_nanos, span_id, tenant) - 1 AS place FROM spans WHERE ${where})`;
  const outline = emptyOutline();

  const [ids] = await query(
    connection,
    `${chosen} SELECT string_agg(span_id, '' ORDER BY place) AS ids, string_agg(rpad(parent_span_id, 16, ' '), '' ORDER BY place) AS parents,
       ${joined('(start_nanos - $origin) // 1000', 'starts')}, ${joined('(end_nanos - start_nanos) // 1000', 'durations')} FROM chosen`,
    { ...parameters, origin: filter.from ?? 0n },
  );
  if (!ids?.ids) return outline;
  outline.spanIds = ids.ids as string;
  outline.parentIds = ids.parents as string;
  outline.starts = numbers(ids.starts);
  outline.durations = numbers(ids.durations);

  const groups = async (columns: string): Promise<Row[]> =>
    query(
      connection,
      `${chosen} SELECT ${columns}, ${joined('place', 'places')}, min(place) AS first FROM chosen GROUP BY ${columns} ORDER BY first`,
      parameters,
    );
  for (const row of await groups('name')) outline.names.push({ name: row.name as string, places: numbers(row.places) });
  for (const row of await groups(patternColumns.map(([, column]) => column).join(', ')))
    outline.patterns.push({ pattern: readPattern(row), places: numbers(row.places) });

  const figures = figureColumns.map(([of, column, scale]) =>
    joined(`CASE WHEN ${column} >= 0 THEN round(${column} * ${scale})::BIGINT ELSE -1 END`, of),
  );
  const cost = `CASE WHEN cost_nanos IS NULL THEN -1 ELSE cost_nanos_high::HUGEINT * ${2n ** BigInt(costLowBits)} + cost_nanos END`;
  const isCall = [...figureColumns.map(([, column]) => column), 'cost_nanos'].map((column) => `${column} IS NOT NULL`);
  const [calls] = await query(
    connection,
    `${chosen} SELECT ${joined('place', 'places')}, ${figures.join(', ')}, ${joined(cost, 'cost')}
     FROM chosen WHERE ${isCall.join(' OR ')}`,
    parameters,
  );
  if (!calls?.places) return outline;
  outline.calls.places = numbers(calls.places);
  for (const [of] of figureColumns) outline.calls[of] = numbers(calls[of]);
  outline.calls.costNanos = (calls.cost as string)
    .split(',')
    .map((nanos) => (nanos.length > 15 ? BigInt(nanos) : Number(nanos)));
  return outline;
}

/** All values of a column in one text, which `JSON.parse` reads in a moment. */
function joined(value: string, name: string): string {
  return `string_agg((${value})::VARCHAR, ',' ORDER BY place) AS "${name}"`;
}

function numbers(text: unknown): number[] {
  return JSON.parse(`[${text as string}]`) as number[];
}
