/**
 * Rows are deleted by a mask, which every question heeds from then on, and leave the disk when their parts are written anew.
 *
 *   which traces ─► their summaries go ─► rows go ─► summaries of what is left ─► times of traces without anything go
 *
 * There are no transactions: wherever this stops, deleting again completes it, or {@link repairSummaries} at the next start. Until then
 * a summary of what others have in the same traces may be missing. Of a trace that is gone its times may stay, which are its id only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanFilter } from '../store.ts';
import { byTenant, type Deletion } from '../upkeep/upkeep.ts';
import type { Connection } from './connection.ts';
import { localTable, onCluster, type Place } from './ddl.ts';
import { idsIn, inChunks } from './ids.ts';
import { spansWhere } from './spans-where.ts';
import { summariseTraces } from './summarise-traces.ts';

/** What never changes of a span: all rows of one have it. */
const unchanging: ReadonlySet<string> = new Set(['tenant', 'traceId', 'spanId', 'from', 'to']);

/** Rows of one span, together with those that were there before its tenant became known. */
interface SpanKey {
  tenant: string;
  /** Trace and span id, as hex. */
  key: string;
  start: bigint;
}

export async function deleteSpans(connection: Connection, place: Place, filter: SpanFilter): Promise<Deletion> {
  // Of an earlier try that was killed: what it had told ClickHouse to do goes on, and must not happen behind the summaries.
  await mutationsDone(connection, place);
  const where = spansWhere(filter);
  const count = async (): Promise<number> => {
    const [row] = await connection.query(`SELECT count() AS n FROM spans FINAL WHERE ${where}`, where.parameters);
    return Number(row!.n);
  };
  const spans = await count();
  const traceIds = (
    await connection.query(
      `SELECT DISTINCT lower(hex(trace_id)) AS trace FROM spans FINAL WHERE ${where}`,
      where.parameters,
    )
  ).map(({ trace }) => trace as string);
  const before = await rowsBefore(connection, filter);
  const summaries = deleteFrom(place, 'summaries');
  const times = deleteFrom(place, 'times');
  const forgetSummaries = async () => {
    for (const chunk of inChunks(traceIds))
      await connection.change(`${summaries} WHERE ${idsIn('trace_id', 'traceIds', 16)}`, { traceIds: chunk });
  };
  await forgetSummaries();
  // They are found by the spans that took their place, so they go before those.
  await deleteKeys(connection, place, before);
  if (Object.keys(filter).every((name) => unchanging.has(name))) {
    // Also what stands in the place of rows that became another tenant's.
    const rows = spansWhere(filter, false);
    if (spans > 0) await connection.change(`${deleteFrom(place, 'spans')} WHERE ${rows}`, rows.parameters);
  } else await deleteKeys(connection, place, await keysOf(connection, filter));
  // Another server may have made some meanwhile, out of rows that are gone now; they would count as those that know more.
  await forgetSummaries();
  await summariseTraces(connection, traceIds);
  await summariseTraces(connection, await tracesWithoutSummary(connection));
  for (const chunk of inChunks(traceIds)) {
    const rows = await connection.query(
      `SELECT DISTINCT lower(hex(trace_id)) AS trace FROM spans WHERE ${idsIn('trace_id', 'traceIds', 16)}`,
      { traceIds: chunk },
    );
    const there = new Set(rows.map(({ trace }) => trace as string));
    const gone = chunk.filter((id) => !there.has(id));
    if (gone.length > 0)
      await connection.change(`${times} WHERE ${idsIn('trace_id', 'traceIds', 16)}`, { traceIds: gone });
  }
  const left = await count();
  if (filter.tenant !== undefined && left === 0) await forgetRuns(connection, place, filter.tenant);
  return { spans, traces: traceIds.length, left };
}

/** Makes the summaries that are missing because a process died while it deleted. Adding may go on meanwhile. */
export async function repairSummaries(connection: Connection, place: Place): Promise<void> {
  await mutationsDone(connection, place);
  await summariseTraces(connection, await tracesWithoutSummary(connection));
}

/** Also those of which the first spans are being added just now: theirs is made twice, which changes nothing. */
async function tracesWithoutSummary(connection: Connection): Promise<string[]> {
  const rows = await connection.query(
    'SELECT DISTINCT lower(hex(trace_id)) AS trace FROM times WHERE trace_id GLOBAL NOT IN (SELECT trace_id FROM summaries)',
  );
  return rows.map(({ trace }) => trace as string);
}

/** How often a look is taken, and how many times at most: a large table may take longer, and then what is asked next waits for it. */
const LOOK_MS = 100;
const LOOKS_MAX = 600;

async function mutationsDone(connection: Connection, { database, cluster }: Place): Promise<void> {
  const mutations = cluster === undefined ? 'system.mutations' : `clusterAllReplicas('${cluster}', system.mutations)`;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const [row] = await connection.query(
      `SELECT count() AS open FROM ${mutations} WHERE database = {database:String} AND NOT is_done AND latest_fail_reason = ''`,
      { database },
    );
    if (row!.open === 0n) return;
    await sleep(LOOK_MS);
  }
}

/** A run's number is its place among those that are there, so they stay until nothing of their tenant is left. */
async function forgetRuns(connection: Connection, place: Place, tenant: string): Promise<void> {
  const sql = 'SELECT count() AS n FROM spans WHERE tenant = {tenant:String}';
  const [row] = await connection.query(sql, { tenant });
  if (Number(row!.n) === 0)
    await connection.change(`${deleteFrom(place, 'runs')} WHERE tenant = {tenant:String}`, { tenant });
}

const keyColumns = 'tenant, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, start_nanos';

async function keysOf(connection: Connection, filter: SpanFilter): Promise<SpanKey[]> {
  const where = spansWhere(filter);
  return readKeys(connection, `SELECT ${keyColumns} FROM spans FINAL WHERE ${where}`, where.parameters);
}

/** Rows that are gone, of spans whose tenant became known later. They are nobody's any more, but are on the disk. */
async function rowsBefore(connection: Connection, filter: SpanFilter): Promise<SpanKey[]> {
  const where = spansWhere(filter);
  return readKeys(
    connection,
    `SELECT ${keyColumns} FROM spans FINAL WHERE gone
       AND (trace_id, span_id) GLOBAL IN (SELECT trace_id, span_id FROM spans FINAL WHERE ${where})`,
    where.parameters,
  );
}

async function readKeys(connection: Connection, sql: string, parameters: Parameters<Connection['query']>[1]) {
  return (await connection.query(sql, parameters)).map((row): SpanKey => ({
    tenant: row.tenant as string,
    key: `${row.trace as string}${row.span as string}`,
    start: row.start_nanos as bigint,
  }));
}

/** Tenants may use the same ids, so one tenant after the other. */
async function deleteKeys(connection: Connection, place: Place, keys: readonly SpanKey[]): Promise<void> {
  for (const [tenant, own] of byTenant(keys)) {
    for (const chunk of inChunks(own)) {
      const starts = chunk.map(({ start }) => start);
      await connection.change(
        `${deleteFrom(place, 'spans')} WHERE tenant = {tenant:String} AND start_nanos BETWEEN {first:Int64} AND {last:Int64}
           AND concat(toString(trace_id), toString(span_id)) IN (SELECT unhex(arrayJoin({keys:Array(String)})))`,
        {
          tenant,
          first: starts.reduce((least, start) => (start < least ? start : least)),
          last: starts.reduce((most, start) => (start > most ? start : most)),
          keys: chunk.map(({ key }) => key),
        },
      );
    }
  }
}

function deleteFrom(place: Place, table: string): string {
  return `DELETE FROM ${localTable(table, place)}${onCluster(place)}`;
}
