import { limits } from '@tallyspan/facts';
import type { StoredSpan, TraceFilter, TracePage, TraceSummary } from '../store.ts';
import { nearestBigint } from '../conditions.ts';
import { readSummary } from '../read-rows.ts';
import { defaultTenant, readSpanRow, type Row } from '../span-columns.ts';
import { selectColumn, selectSpan } from './columns.ts';
import { conditions, type Connection } from './connection.ts';
import { isTraceId, traceIs } from './ids.ts';
import { readRunNumbers } from './number-runs.ts';
import { traceColumns } from './tables.ts';
import { isWithinTimes, timesOf } from './trace-times.ts';

const selectSummary = traceColumns.map(selectColumn).join(', ');

/** Newest first. Tenant and status are what the summary shows; agent and model may be those of any span. */
export async function listTraces(
  connection: Connection,
  filter: TraceFilter,
  page: TracePage,
): Promise<TraceSummary[]> {
  const { tenant, agent, model, status, text = '' } = filter;
  const where = conditions()
    .addRange('start_nanos', filter)
    .add(`coalesce(tenant, '${defaultTenant}') = {tenant:String}`, { tenant })
    .add('has(agents, {agent:String})', { agent })
    .add('has(models, {model:String})', { model })
    .add('status = {status:String}', { status });
  if (text !== '') {
    // A trace starts with its first span, so the spans of those listed start no earlier than `from`.
    const named = conditions()
      .addRange('start_nanos', { from: filter.from })
      .add('position(lowerUTF8(name), lowerUTF8({text:String})) > 0', { text });
    where.add(
      `startsWith(lower(hex(trace_id)), lower({text:String}))
       OR trace_id GLOBAL IN (SELECT trace_id FROM spans WHERE ${named})`,
      { text },
    );
  }
  if (page.before && isTraceId(page.before.traceId)) {
    where.add(
      `start_nanos < {beforeStart:Int64} OR (start_nanos = {beforeStart:Int64} AND ${traceIs('beforeId', '<')})`,
      { beforeStart: nearestBigint(page.before.start), beforeId: page.before.traceId },
    );
  }
  const rows = await connection.query(
    `SELECT ${selectSummary} FROM traces FINAL WHERE ${where}
     ORDER BY traces.start_nanos DESC, traces.trace_id DESC LIMIT {limit:UInt32}`,
    { ...where.parameters, limit: Math.min(page.limit, limits.tracesPageMax) },
  );
  return readSummaries(connection, rows);
}

export async function readTraceSummary(connection: Connection, traceId: string): Promise<TraceSummary | undefined> {
  if (!isTraceId(traceId)) return undefined;
  const sql = `SELECT ${selectSummary} FROM traces FINAL WHERE ${traceIs('traceId')}`;
  const [summary] = await readSummaries(connection, await connection.query(sql, { traceId }));
  return summary;
}

export async function readTrace(connection: Connection, traceId: string): Promise<StoredSpan[]> {
  if (!isTraceId(traceId)) return [];
  const times = await timesOf(connection, [traceId]);
  if (!times) return [];
  const rows = await connection.query(
    `SELECT ${selectSpan} FROM spans FINAL WHERE ${traceIs('traceId')} AND ${isWithinTimes} AND NOT gone
     ORDER BY spans.start_nanos, spans.span_id, spans.tenant`,
    { traceId, ...times },
  );
  return rows.map(readSpanRow);
}

async function readSummaries(connection: Connection, rows: Row[]): Promise<TraceSummary[]> {
  const keys = rows.filter((row) => row.run_id !== null).map((row) => row.run_key as string);
  const numbers = await readRunNumbers(connection, keys);
  return rows.map((row) => readSummary({ ...row, run_number: numbers.get(row.run_key as string) ?? null }));
}
