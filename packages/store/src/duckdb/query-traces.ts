import type { DuckDBConnection } from '@duckdb/node-api';
import { limits } from '@tallyspan/facts';
import type { StoredSpan, TraceFilter, TracePage, TraceSummary } from '../store.ts';
import { nearestBigint } from '../conditions.ts';
import { readSummary } from '../read-rows.ts';
import { conditions, query } from './query.ts';
import { defaultTenant, readSpanRow, spanColumns } from '../span-columns.ts';

/** Newest first. Tenant and status are what the summary shows; agent and model may be those of any span. */
export async function listTraces(
  connection: DuckDBConnection,
  filter: TraceFilter,
  page: TracePage,
): Promise<TraceSummary[]> {
  const { tenant, agent, model, status, text = '' } = filter;
  const where = conditions()
    .addRange('start_nanos', filter)
    .add(`coalesce(tenant, '${defaultTenant}') = $tenant`, { tenant })
    .add('list_contains(agents, $agent)', { agent })
    .add('list_contains(models, $model)', { model })
    .add('status = $status', { status });
  if (text !== '') {
    // A trace starts with its first span, so the spans of those listed start no earlier than `from`.
    const named = conditions()
      .addRange('start_nanos', { from: filter.from })
      .add('contains(lower(name), lower($text))', { text });
    where.add(`starts_with(lower(trace_id), lower($text)) OR trace_id IN (SELECT trace_id FROM spans WHERE ${named})`, {
      text,
    });
  }
  if (page.before) {
    where.add('start_nanos < $beforeStart OR (start_nanos = $beforeStart AND trace_id < $beforeId)', {
      beforeStart: nearestBigint(page.before.start),
      beforeId: page.before.traceId,
    });
  }
  const rows = await query(
    connection,
    `SELECT * FROM traces WHERE ${where} ORDER BY start_nanos DESC, trace_id DESC LIMIT $limit`,
    { ...where.parameters, limit: Math.min(page.limit, limits.tracesPageMax) },
  );
  return rows.map(readSummary);
}

export async function readTraceSummary(
  connection: DuckDBConnection,
  traceId: string,
): Promise<TraceSummary | undefined> {
  const [row] = await query(connection, 'SELECT * FROM traces WHERE trace_id = $traceId', { traceId });
  return row && readSummary(row);
}

export async function readTrace(connection: DuckDBConnection, traceId: string): Promise<StoredSpan[]> {
  const [trace] = await query(
    connection,
    'SELECT start_nanos, last_start_nanos FROM traces WHERE trace_id = $traceId',
    { traceId },
  );
  if (!trace) return [];
  const rows = await query(
    connection,
    `SELECT ${spanColumns.map(({ name }) => name).join(', ')} FROM spans
     WHERE trace_id = $traceId AND start_nanos BETWEEN $first AND $last ORDER BY start_nanos, span_id, tenant`,
    { traceId, first: trace.start_nanos as bigint, last: trace.last_start_nanos as bigint },
  );
  return rows.map(readSpanRow);
}
