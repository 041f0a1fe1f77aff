import { idsIn, idsPerStatement, inChunks } from './ids.ts';
import type { Connection } from './connection.ts';
import { everybody, summaryColumns, tenantPrefix } from './tables.ts';
import { isWithinTimes, timesOf } from './trace-times.ts';
import { totalColumns, selectTotals } from './totals.ts';

const names = summaryColumns.map(({ name }) => `"${name}"`).join(', ');
/** The value of the root or else of the first span that has one. The root comes first and then the others by start. */
const place = `(gone, parent_span_id != toFixedString('', 8), start_nanos, span_id, tenant)`;
const first = (value: string, when = `${value} IS NOT NULL`) =>
  `argMinIf(CAST(${value} AS Nullable(String)), ${place}, ${when} AND NOT gone)`;
const model = 'coalesce(response_model, request_model)';

/** Rows that are gone say only that there was something. */
const isRoot = `NOT gone AND parent_span_id = toFixedString('', 8)`;
const hasRoot = `countIf(${isRoot}) > 0`;
const distinct = (value: string, when: string) =>
  `arraySort(groupUniqArrayIf(CAST(assumeNotNull(${value}) AS String), ${when} AND NOT gone AND ${value} IS NOT NULL))`;

const expressions: Record<string, string> = {
  trace_id: 'trace_id',
  reader: 'reader',
  whole: `reader = '${everybody}' OR NOT any(is_shared)`,
  start_nanos: 'minIf(start_nanos, NOT gone)',
  end_nanos: 'greatest(maxIf(end_nanos, NOT gone), minIf(start_nanos, NOT gone))',
  name: `argMin(name, ${place})`,
  status: `if(if(${hasRoot}, argMin(status, ${place}) = 'error', countIf(status = 'error' AND NOT gone) > 0), 'error', 'ok')`,
  root_arrived: hasRoot,
  spans: 'countIf(NOT gone)',
  error_spans: `countIf(status = 'error' AND NOT gone)`,
  version: 'any(knowledge)',
  tenant: first('tenant', 'tenant_given'),
  agent: first('agent'),
  run_id: first('run_id'),
  session_id: first('session_id'),
  run_key: `argMinIf(run_key, ${place}, run_id IS NOT NULL AND NOT gone)`,
  models: distinct(model, 'billable'),
  agents: distinct('agent', 'true'),
};
const totals = new Set(totalColumns.map(({ name }) => name));
const select = [
  ...summaryColumns
    .filter(({ name }) => !totals.has(name as never))
    .map(({ name }) => `${expressions[name]} AS "${name}"`),
  selectTotals,
].join(', ');

/**
 * Grows with each span, with each that was replaced, and with the time of the last change: 24 bits of a count and 40 of milliseconds.
 * What is gone counts as well, or less would be known after it went.
 */
const knowledge = `bitShiftLeft(sum(1 + toUInt64(replaces)) OVER of_trace, 40)
  + bitAnd(intDiv(max(arrived) OVER of_trace, 1000000), ${2n ** 40n - 1n}) AS knowledge`;

/**
 * Computes the summaries of these traces anew. Each knows at least of the spans that were inserted before it was computed, so of two that
 * replicas compute at the same time the one that knows of more knows of all; that one stays.
 */
export async function summariseTraces(connection: Connection, traceIds: readonly string[]): Promise<void> {
  for (const chunk of inChunks(traceIds)) {
    const times = await timesOf(connection, chunk);
    if (!times) continue;
    await connection.insertSelect(
      `INSERT INTO summaries (${names})`,
      `SELECT ${select} FROM (
         SELECT *, arrayJoin(if(is_shared, ['${everybody}', owner], [owner])) AS reader FROM (
           SELECT *, ${knowledge}, concat('${tenantPrefix}', tenant) AS owner,
             min(tenant) OVER of_trace != max(tenant) OVER of_trace AS is_shared
           FROM spans FINAL WHERE ${isWithinTimes} AND ${idsIn('trace_id', 'traceIds', 16)}
           WINDOW of_trace AS (PARTITION BY trace_id)
         )
       ) GROUP BY trace_id, reader`,
      { traceIds: chunk, ...times },
    );
  }
}

/** Those of all traces that there are. */
export async function summariseAll(connection: Connection): Promise<void> {
  for (let after = ''; ;) {
    const rows = await connection.query(
      `SELECT DISTINCT lower(hex(trace_id)) AS trace FROM times WHERE lower(hex(trace_id)) > {after:String}
       ORDER BY trace LIMIT ${idsPerStatement}`,
      { after },
    );
    if (rows.length === 0) return;
    const traceIds = rows.map(({ trace }) => trace as string);
    await summariseTraces(connection, traceIds);
    after = traceIds.at(-1)!;
  }
}
