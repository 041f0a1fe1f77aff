import type { Facts, SpanKind } from '@tallyspan/facts';
import type { Kin } from '../kin.ts';
import { fromTaggedJson } from '../tagged-json.ts';
import { selectColumn } from './columns.ts';
import type { Connection } from './connection.ts';
import { idsIn, inChunks } from './ids.ts';
import { isWithinTimes, timesOf } from './trace-times.ts';

const ids = ['trace_id', 'span_id', 'parent_span_id']
  .map((name) => selectColumn({ name, type: 'FixedString' }))
  .join(', ');

/** All stored spans of these traces; of the longest traces none, when all together are more than `spansMax`. */
export async function findKin(connection: Connection, traceIds: readonly string[], spansMax: number): Promise<Kin[]> {
  const found: Kin[] = [];
  for (const chunk of inChunks(await shortestFirst(connection, traceIds, spansMax))) {
    const times = await timesOf(connection, chunk);
    if (!times) continue;
    const rows = await connection.query(
      `SELECT ${ids}, start_nanos, end_nanos, kind, scope_name, kin FROM spans FINAL
       WHERE ${isWithinTimes} AND NOT gone AND ${idsIn('trace_id', 'traceIds', 16)}`,
      { ...times, traceIds: chunk },
    );
    for (const row of rows) {
      found.push({
        traceId: row.trace_id as string,
        spanId: row.span_id as string,
        parentSpanId: row.parent_span_id as string,
        start: row.start_nanos as bigint,
        end: row.end_nanos as bigint,
        kind: row.kind as SpanKind,
        scopeName: row.scope_name as string,
        facts: fromTaggedJson(row.kin as string) as Facts,
      });
    }
  }
  return found;
}

async function shortestFirst(connection: Connection, traceIds: readonly string[], spansMax: number): Promise<string[]> {
  const known: { traceId: string; spans: number }[] = [];
  for (const chunk of inChunks(traceIds)) {
    const sql = `SELECT lower(hex(trace_id)) AS trace, spans FROM summaries FINAL WHERE whole AND ${idsIn('trace_id', 'traceIds', 16)}`;
    for (const row of await connection.query(sql, { traceIds: chunk }))
      known.push({ traceId: row.trace as string, spans: Number(row.spans) });
  }
  known.sort((left, right) => left.spans - right.spans || (left.traceId < right.traceId ? -1 : 1));
  let left = spansMax;
  return known.filter(({ spans }) => (left -= spans) >= 0).map(({ traceId }) => traceId);
}
