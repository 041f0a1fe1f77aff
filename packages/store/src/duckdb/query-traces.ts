import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import type { StoredSpan, TraceFilter, TracePage, TraceSummary } from '../store.ts';
import { nearestBigint } from '../conditions.ts';
import { readSummary } from '../read-rows.ts';
import { type FoundBlocks, findBlocks } from './find-blocks.ts';
import { conditions, query } from './query.ts';
import { summariesFor, tracesWhere } from './spans-where.ts';
import { searchNewest } from '../search-newest.ts';
import { readSpanRow, type Row, spanColumns } from '../span-columns.ts';

/** Newest first. Status is what the summary shows; agent and model may be those of any span. */
export function listTraces(
  connection: DuckDBConnection,
  filter: TraceFilter,
  page: TracePage,
): Promise<TraceSummary[]> {
  const limit = Math.min(page.limit, limits.tracesPageMax);
  let blocks: FoundBlocks | undefined;
  const list = async (asked: TraceFilter, columns: string, part: Record<string, number>): Promise<Row[]> => {
    const where = tracesWhere(asked, blocks);
    if (page.before) {
      where.add('start_nanos < $beforeStart OR (start_nanos = $beforeStart AND trace_id < $beforeId)', {
        beforeStart: nearestBigint(page.before.start),
        beforeId: page.before.traceId,
      });
    }
    // The rows are found by few columns, and only then are all of them read.
    const place = 'start_nanos DESC, trace_id DESC';
    const found = `SELECT rowid FROM traces WHERE ${where} ORDER BY ${place} LIMIT $limit OFFSET $reach`;
    const sql = `SELECT ${columns} FROM traces WHERE rowid IN (${found}) ORDER BY ${place}`;
    return query(connection, sql, { ...where.parameters, ...part });
  };
  return searchNewest(
    filter,
    { limit },
    async (others, reach) =>
      (await list(others, 'start_nanos', { limit: 1, reach }))[0]?.start_nanos as bigint | undefined,
    async (asked) => (await list(asked, '*', { limit, reach: 0 })).map(readSummary),
    async () => (blocks = await findBlocks(connection, filter))?.isRare(filter.where!) ?? false,
  );
}

export async function readTraceSummary(
  connection: DuckDBConnection,
  traceId: string,
  tenant?: string,
): Promise<TraceSummary | undefined> {
  const where = summariesFor(tenant).add('trace_id = $traceId', { traceId });
  const [row] = await query(connection, `SELECT * FROM traces WHERE ${where}`, where.parameters);
  return row && readSummary(row);
}

export async function readTrace(connection: DuckDBConnection, traceId: string, tenant?: string): Promise<StoredSpan[]> {
  const summary = summariesFor(tenant).add('trace_id = $traceId', { traceId });
  const [trace] = await query(
    connection,
    `SELECT start_nanos, last_start_nanos FROM traces WHERE ${summary}`,
    summary.parameters,
  );
  if (!trace) return [];
  const where = conditions()
    .add('trace_id = $traceId AND start_nanos BETWEEN $first AND $last', {
      traceId,
      first: trace.start_nanos as bigint,
      last: trace.last_start_nanos as bigint,
    })
    .add('tenant = $tenant', { tenant });
  const rows = await query(
    connection,
    `SELECT ${spanColumns.map(({ name }) => name).join(', ')} FROM spans
     WHERE ${where} ORDER BY start_nanos, span_id, tenant`,
    where.parameters,
  );
  return rows.map(readSpanRow);
}
