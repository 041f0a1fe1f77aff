import type { DuckDBConnection } from '@duckdb/node-api';
import type { Facts, SpanKind } from '@tallyspan/facts';
import { kinFacts, type Kin } from '../kin.ts';
import type { Row } from '../span-columns.ts';
import { fromTaggedJson } from '../tagged-json.ts';
import { knownTraces } from './known-traces.ts';
import { query } from './query.ts';

const paths = kinFacts.map((fact) => `'$.${fact}'`).join(', ');

/** All stored spans of these traces; of the longest traces none, when all together are more than `spansMax`. */
export async function findKin(
  connection: DuckDBConnection,
  traceIds: readonly string[],
  spansMax: number,
): Promise<Kin[]> {
  const known = await knownTraces(connection, await shortestFirst(connection, traceIds, spansMax));
  if (known === undefined) return [];
  const rows = await query(
    connection,
    `SELECT trace_id, span_id, parent_span_id, start_nanos, end_nanos, kind, scope_name, json_extract(facts, [${paths}]) AS facts
     FROM spans WHERE start_nanos BETWEEN $first AND $last AND trace_id IN (SELECT unnest($traceIds))`,
    { ...known },
  );
  return rows.map(readKin);
}

async function shortestFirst(
  connection: DuckDBConnection,
  traceIds: readonly string[],
  spansMax: number,
): Promise<string[]> {
  if (traceIds.length === 0) return [];
  const rows = await query(
    connection,
    'SELECT trace_id, spans FROM traces WHERE is_whole AND trace_id IN (SELECT unnest($traceIds)) ORDER BY spans, trace_id',
    { traceIds },
  );
  let left = spansMax;
  const chosen: string[] = [];
  for (const row of rows) {
    left -= Number(row.spans);
    if (left < 0) break;
    chosen.push(row.trace_id as string);
  }
  return chosen;
}

function readKin(row: Row): Kin {
  const facts: Record<string, unknown> = {};
  for (const [index, value] of (row.facts as (string | null)[]).entries()) {
    if (value !== null) facts[kinFacts[index]!] = fromTaggedJson(value);
  }
  return {
    traceId: row.trace_id as string,
    spanId: row.span_id as string,
    parentSpanId: row.parent_span_id as string,
    start: row.start_nanos as bigint,
    end: row.end_nanos as bigint,
    kind: row.kind as SpanKind,
    scopeName: row.scope_name as string,
    facts: facts as Facts,
  };
}
