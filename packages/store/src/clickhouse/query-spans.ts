import { limits } from '@tallyspan/facts';
import { nearestBigint } from '../conditions.ts';
import { readSpanRow } from '../span-columns.ts';
import type { SpanFilter, SpanPage, StoredSpan } from '../store.ts';
import { selectSpan } from './columns.ts';
import type { Connection } from './connection.ts';
import { isTraceId, spanIs, traceIs } from './ids.ts';
import { spansWhere } from './spans-where.ts';

/** Newest first. */
export async function listSpans(
  connection: Connection,
  filter: SpanFilter,
  { limit, before }: SpanPage,
): Promise<StoredSpan[]> {
  const where = spansWhere(filter);
  if (before && isTraceId(before.traceId)) {
    const sameTrace = `${traceIs('beforeTrace')} AND (${spanIs('beforeSpan', '<')} OR (${spanIs('beforeSpan')} AND tenant < {beforeTenant:String}))`;
    where.add('start_nanos <= {beforeStart:Int64}', { beforeStart: nearestBigint(before.start) });
    where.add(`start_nanos < {beforeStart:Int64} OR ${traceIs('beforeTrace', '<')} OR (${sameTrace})`, {
      beforeTrace: before.traceId,
      beforeSpan: before.spanId,
      beforeTenant: before.tenant,
    });
  }
  const rows = await connection.query(
    `SELECT ${selectSpan} FROM spans FINAL WHERE ${where}
     ORDER BY spans.start_nanos DESC, spans.trace_id DESC, spans.span_id DESC, spans.tenant DESC LIMIT {limit:UInt32}`,
    { ...where.parameters, limit: Math.min(limit, limits.spansPageMax) },
  );
  return rows.map(readSpanRow);
}
