/**
 * When the spans of each trace start. It is inserted before the spans, so that whoever looks for spans of a trace in this range finds all
 * that anybody has inserted; and without a range of time ClickHouse would have to look at all there is.
 */
import type { StartRange } from '../identity.ts';
import type { StoredSpan } from '../store.ts';
import type { Connection } from './connection.ts';
import { idsIn, inChunks } from './ids.ts';
import { timeColumns } from './tables.ts';

const valueOf: Record<string, (times: [traceId: string, range: StartRange]) => unknown> = {
  trace_id: ([traceId]) => traceId,
  first_nanos: ([, { first }]) => first,
  last_nanos: ([, { last }]) => last,
};
const columns = timeColumns.map(({ name, type }) => ({ name, type, of: valueOf[name]! }));

export async function rememberTimes(connection: Connection, spans: readonly StoredSpan[]): Promise<void> {
  const times = new Map<string, StartRange>();
  for (const { traceId, start } of spans) {
    const range = times.get(traceId);
    if (!range) times.set(traceId, { first: start, last: start });
    else if (start < range.first) range.first = start;
    else if (start > range.last) range.last = start;
  }
  await connection.insert({ table: 'times', columns }, [...times]);
}

/** Those of these traces that anybody has sent spans of. */
export async function knownTraces(connection: Connection, traceIds: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const chunk of inChunks(traceIds)) {
    const sql = `SELECT DISTINCT lower(hex(trace_id)) AS trace FROM times WHERE ${idsIn('trace_id', 'traceIds', 16)}`;
    for (const { trace } of await connection.query(sql, { traceIds: chunk })) known.add(trace as string);
  }
  return known;
}

/** A condition on rows of `spans`, with what {@link timesOf} answers as parameters. */
export const isWithinTimes = 'start_nanos BETWEEN {first:Int64} AND {last:Int64}';

/** From the first to the last start in any of these traces; undefined when nobody has sent spans of them. */
export async function timesOf(connection: Connection, traceIds: readonly string[]): Promise<StartRange | undefined> {
  const [row] = await connection.query(
    `SELECT count() AS "count", min(first_nanos) AS first, max(last_nanos) AS last FROM times
     WHERE ${idsIn('trace_id', 'traceIds', 16)}`,
    { traceIds },
  );
  return row!.count === 0n ? undefined : { first: row!.first as bigint, last: row!.last as bigint };
}
