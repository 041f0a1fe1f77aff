import type { DuckDBConnection } from '@duckdb/node-api';
import type { Facts, SpanKind } from '@tallyspan/facts';
import { chooseKin, type CountedKin, type Kin, kinFacts, KinIndex, type KinOf } from '../kin.ts';
import type { Row } from '../span-columns.ts';
import { fromTaggedJson } from '../tagged-json.ts';
import { knownTraces } from './known-traces.ts';
import { query } from './query.ts';

const paths = kinFacts.map((fact) => `'$.${fact}'`).join(', ');

/** All stored spans of what is asked for; of the longest traces none, when all together are more than `spansMax`. */
export async function findKin(connection: DuckDBConnection, asked: readonly KinOf[], spansMax: number): Promise<Kin[]> {
  const chosen = chooseKin(await countKin(connection, asked), spansMax);
  const index = new KinIndex(chosen);
  const known = await knownTraces(connection, index.traceIds);
  if (known === undefined) return [];
  const keys = chosen.flatMap(({ traceId, tenant }) => (tenant === undefined ? [] : [`${traceId} ${tenant}`]));
  const everybodys = known.traceIds.filter((traceId) => index.hasEverybody(traceId));
  const isOurs = `trace_id IN (SELECT unnest($everybodys)) OR concat_ws(' ', trace_id, tenant) IN (SELECT unnest($keys))`;
  const rows = await query(
    connection,
    `SELECT trace_id, span_id, parent_span_id, start_nanos, end_nanos, kind, scope_name, json_extract(facts, [${paths}]) AS facts
     FROM spans WHERE start_nanos BETWEEN $first AND $last AND trace_id IN (SELECT unnest($traceIds))
       ${keys.length === 0 ? '' : `AND (${isOurs})`}`,
    { ...known, ...(keys.length > 0 && { everybodys, keys }) },
  );
  return rows.map(readKin).filter((kin) => index.has(kin));
}

async function countKin(connection: DuckDBConnection, asked: readonly KinOf[]): Promise<CountedKin[]> {
  const index = new KinIndex(asked);
  const { traceIds } = index;
  if (traceIds.length === 0) return [];
  const rows = await query(
    connection,
    'SELECT trace_id, reader, is_whole, spans FROM traces WHERE trace_id IN (SELECT unnest($traceIds))',
    { traceIds },
  );
  return rows.flatMap((row) => {
    const [traceId, reader] = [row.trace_id as string, row.reader as string | null];
    const counted = { traceId, spans: Number(row.spans) };
    return [
      ...(row.is_whole && index.hasEverybody(traceId) ? [counted] : []),
      ...(reader !== null && index.hasTenant(traceId, reader) ? [{ ...counted, tenant: reader }] : []),
    ];
  });
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
