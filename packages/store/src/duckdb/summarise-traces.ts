import type { DuckDBConnection } from '@duckdb/node-api';
import type { StartRange } from '../identity.ts';
import { query } from './query.ts';
import { selectTotals } from './totals.ts';

/**
 * Computes the summaries of these traces anew. All their spans start within `range`, and so does what the old summaries say.
 */
export async function summariseTraces(
  connection: DuckDBConnection,
  traceIds: readonly string[],
  { first, last }: StartRange,
): Promise<void> {
  const touched = `trace_id IN (SELECT unnest($traceIds)) AND start_nanos BETWEEN $first AND $last`;
  const parameters = { traceIds, first, last };
  await query(connection, `DELETE FROM traces WHERE ${touched}`, parameters);
  await query(connection, `INSERT INTO traces BY NAME ${summariesOf(touched)}`, parameters);
}

/**
 * The summaries of the traces of which `spans` chooses all spans. One row for each tenant who has spans in the trace, from these spans
 * alone; and where several have, a row of nobody from all of them. `is_whole` marks the one that is from all.
 *
 * `place` puts the root first and then the others by start, so "the root's, or else the first that has one" is the value with the
 * smallest place. arg_min passes over NULL.
 */
export function summariesOf(spans: string): string {
  return `SELECT
       trace_id,
       reader,
       reader IS NULL OR NOT any_value(is_shared) AS is_whole,
       min(start_nanos) AS start_nanos,
       max(start_nanos) AS last_start_nanos,
       greatest(max(end_nanos), min(start_nanos)) AS end_nanos,
       arg_min(name, place) AS name,
       CASE WHEN CASE WHEN bool_or(is_root) THEN arg_min(status, place) = 'error' ELSE bool_or(status = 'error') END
         THEN 'error' ELSE 'ok' END AS status,
       bool_or(is_root) AS root_arrived,
       count(*) AS spans,
       count_if(status = 'error') AS error_spans,
       arg_min(CASE WHEN tenant_given THEN tenant END, place) AS tenant,
       arg_min(agent, place) AS agent,
       arg_min(run_id, place) AS run_id,
       arg_min(run_number, place) AS run_number,
       arg_min(session_id, place) AS session_id,
       coalesce(list_sort(list(DISTINCT model) FILTER (WHERE billable AND model IS NOT NULL)), []) AS models,
       coalesce(list_sort(list(DISTINCT agent) FILTER (WHERE agent IS NOT NULL)), []) AS agents,
       ${selectTotals}
     FROM (
       SELECT *, unnest(CASE WHEN is_shared THEN [tenant, NULL] ELSE [tenant] END) AS reader
       FROM (
         SELECT *,
           parent_span_id = '' AS is_root,
           coalesce(response_model, request_model) AS model,
           row_number() OVER (PARTITION BY trace_id ORDER BY parent_span_id <> '', start_nanos, span_id, tenant) AS place,
           min(tenant) OVER (PARTITION BY trace_id) <> max(tenant) OVER (PARTITION BY trace_id) AS is_shared
         FROM spans WHERE ${spans}
       )
     )
     GROUP BY trace_id, reader`;
}
