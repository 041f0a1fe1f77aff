import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import { nearestBigint } from '../conditions.ts';
import { readSpanRow, spanColumns } from '../span-columns.ts';
import type { SpanFilter, SpanPage, StoredSpan } from '../store.ts';
import { findBlocks } from './find-blocks.ts';
import { query } from './query.ts';
import { spansWhere } from './spans-where.ts';

const columns = spanColumns.map(({ name }) => name).join(', ');
const place = 'start_nanos, trace_id, span_id, tenant';

/** Newest first. The rows are found by their small columns, and only then are the long ones read. */
export async function listSpans(
  connection: DuckDBConnection,
  filter: SpanFilter,
  { limit, before }: SpanPage,
): Promise<StoredSpan[]> {
  const where = spansWhere(filter, await findBlocks(connection, filter));
  if (before) {
    where.add('start_nanos <= $beforeStart', { beforeStart: nearestBigint(before.start) });
    where.add(`(${place}) < ($beforeStart, $beforeTrace, $beforeSpan, $beforeTenant)`, {
      beforeTrace: before.traceId,
      beforeSpan: before.spanId,
      beforeTenant: before.tenant,
    });
  }
  const rows = await query(
    connection,
    `SELECT ${columns} FROM spans WHERE rowid IN (
       SELECT rowid FROM spans WHERE ${where}
       ORDER BY start_nanos DESC, trace_id DESC, span_id DESC, tenant DESC LIMIT $limit
     ) ORDER BY start_nanos DESC, trace_id DESC, span_id DESC, tenant DESC`,
    { ...where.parameters, limit: Math.min(limit, limits.spansPageMax) },
  );
  return rows.map(readSpanRow);
}
