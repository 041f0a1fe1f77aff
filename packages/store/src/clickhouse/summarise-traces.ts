import { idsIn, inChunks } from './ids.ts';
import type { Connection } from './connection.ts';
import { traceColumns } from './tables.ts';
import { isWithinTimes, timesOf } from './trace-times.ts';
import { totalColumns, selectTotals } from './totals.ts';

const names = traceColumns.map(({ name }) => `"${name}"`).join(', ');
/** The value of the root or else of the first span that has one. The root comes first and then the others by start. */
const place = `(parent_span_id != toFixedString('', 8), start_nanos, span_id, tenant)`;
const first = (value: string, when = `${value} IS NOT NULL`) =>
  `argMinIf(CAST(${value} AS Nullable(String)), ${place}, ${when})`;
const model = 'coalesce(response_model, request_model)';

const isRoot = `parent_span_id = toFixedString('', 8)`;
const hasRoot = `countIf(${isRoot}) > 0`;
const distinct = (value: string, when: string) =>
  `arraySort(groupUniqArrayIf(CAST(assumeNotNull(${value}) AS String), ${when} AND ${value} IS NOT NULL))`;

const expressions: Record<string, string> = {
  trace_id: 'trace_id',
  start_nanos: 'min(start_nanos)',
  end_nanos: 'greatest(max(end_nanos), min(start_nanos))',
  name: `argMin(name, ${place})`,
  status: `if(if(${hasRoot}, argMin(status, ${place}) = 'error', countIf(status = 'error') > 0), 'error', 'ok')`,
  root_arrived: hasRoot,
  spans: 'count()',
  error_spans: `countIf(status = 'error')`,
  version: 'any(knowledge)',
  tenant: first('tenant', 'tenant_given'),
  agent: first('agent'),
  run_id: first('run_id'),
  session_id: first('session_id'),
  run_key: `argMinIf(run_key, ${place}, run_id IS NOT NULL)`,
  models: distinct(model, 'billable'),
  agents: distinct('agent', 'true'),
};
const totals = new Set(totalColumns.map(({ name }) => name));
const select = [
  ...traceColumns
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
      `INSERT INTO traces (${names})`,
      `SELECT ${select} FROM (
         SELECT *, ${knowledge} FROM spans FINAL WHERE ${isWithinTimes} AND ${idsIn('trace_id', 'traceIds', 16)}
         WINDOW of_trace AS (PARTITION BY trace_id)
       ) WHERE NOT gone GROUP BY trace_id`,
      { traceIds: chunk, ...times },
    );
  }
}
