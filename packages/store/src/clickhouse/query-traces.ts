import { limits } from '@tallyspan/facts';
import type { StoredSpan, TraceFilter, TracePage, TraceSummary } from '../store.ts';
import { nearestBigint } from '../conditions.ts';
import { readSummary } from '../read-rows.ts';
import { searchNewest } from '../search-newest.ts';
import { readSpanRow, type Row } from '../span-columns.ts';
import { selectColumn, selectSpan } from './columns.ts';
import { conditions, type Connection } from './connection.ts';
import { isTraceId, traceIs } from './ids.ts';
import { readRunNumbers } from './number-runs.ts';
import { summariesFor, tracesWhere } from './spans-where.ts';
import { summaryColumns } from './tables.ts';
import { isWithinTimes, timesOf } from './trace-times.ts';

const selectSummary = summaryColumns.map(selectColumn).join(', ');

/** Newest first. Status is what the summary shows; agent and model may be those of any span. */
export function listTraces(connection: Connection, filter: TraceFilter, page: TracePage): Promise<TraceSummary[]> {
  const limit = Math.min(page.limit, limits.tracesPageMax);
  const list = async (asked: TraceFilter, columns: string, part: Record<string, number>): Promise<Row[]> => {
    const where = tracesWhere(asked);
    if (page.before && isTraceId(page.before.traceId)) {
      where.add(
        `start_nanos < {beforeStart:Int64} OR (start_nanos = {beforeStart:Int64} AND ${traceIs('beforeId', '<')})`,
        { beforeStart: nearestBigint(page.before.start), beforeId: page.before.traceId },
      );
    }
    const sql = `SELECT ${columns} FROM summaries FINAL WHERE ${where}
      ORDER BY summaries.start_nanos DESC, summaries.trace_id DESC LIMIT {limit:UInt32} OFFSET {reach:UInt32}`;
    return connection.query(sql, { ...where.parameters, ...part });
  };
  return searchNewest(
    filter,
    { limit },
    async (others, reach) =>
      (await list(others, 'start_nanos', { limit: 1, reach }))[0]?.start_nanos as bigint | undefined,
    async (asked) => readSummaries(connection, await list(asked, selectSummary, { limit, reach: 0 })),
  );
}

export async function readTraceSummary(
  connection: Connection,
  traceId: string,
  tenant?: string,
): Promise<TraceSummary | undefined> {
  if (!isTraceId(traceId)) return undefined;
  const where = summariesFor(tenant).add(traceIs('traceId'), { traceId });
  const sql = `SELECT ${selectSummary} FROM summaries FINAL WHERE ${where}`;
  const [summary] = await readSummaries(connection, await connection.query(sql, where.parameters));
  return summary;
}

export async function readTrace(connection: Connection, traceId: string, tenant?: string): Promise<StoredSpan[]> {
  if (!isTraceId(traceId)) return [];
  const times = await timesOf(connection, [traceId]);
  if (!times) return [];
  const where = conditions()
    .add(`${traceIs('traceId')} AND ${isWithinTimes} AND NOT gone`, { traceId, first: times.first, last: times.last })
    .add('tenant = {tenant:String}', { tenant });
  const rows = await connection.query(
    `SELECT ${selectSpan} FROM spans FINAL WHERE ${where} ORDER BY spans.start_nanos, spans.span_id, spans.tenant`,
    where.parameters,
  );
  return rows.map(readSpanRow);
}

async function readSummaries(connection: Connection, rows: Row[]): Promise<TraceSummary[]> {
  const keys = rows.filter((row) => row.run_id !== null).map((row) => row.run_key as string);
  const numbers = await readRunNumbers(connection, keys);
  return rows.map((row) => readSummary({ ...row, run_number: numbers.get(row.run_key as string) ?? null }));
}
