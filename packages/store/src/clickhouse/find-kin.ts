import { createHash } from 'node:crypto';
import type { Facts, SpanKind } from '@tallyspan/facts';
import { chooseKin, type CountedKin, type Kin, KinIndex, type KinOf } from '../kin.ts';
import { fromTaggedJson } from '../tagged-json.ts';
import { selectColumn } from './columns.ts';
import type { Connection } from './connection.ts';
import { idsIn, inChunks } from './ids.ts';
import { tenantPrefix } from './tables.ts';
import { isWithinTimes, timesOf } from './trace-times.ts';

const ids = ['trace_id', 'span_id', 'parent_span_id']
  .map((name) => selectColumn({ name, type: 'FixedString' }))
  .join(', ');

/** All stored spans of what is asked for; of the longest traces none, when all together are more than `spansMax`. */
export async function findKin(connection: Connection, asked: readonly KinOf[], spansMax: number): Promise<Kin[]> {
  const found: Kin[] = [];
  const chosen = chooseKin(await countKin(connection, asked), spansMax);
  const index = new KinIndex(chosen);
  for (const traceIds of inChunks(index.traceIds)) {
    const times = await timesOf(connection, traceIds);
    if (!times) continue;
    const inChunk = new Set(traceIds);
    const keys = chosen.flatMap(({ traceId, tenant }) =>
      tenant !== undefined && inChunk.has(traceId) ? [keyOf(traceId, tenant)] : [],
    );
    const isOurs = `${idsIn('trace_id', 'everybodys', 16)} OR ${idsIn(keySql, 'keys', 16)}`;
    const rows = await connection.query(
      `SELECT ${ids}, start_nanos, end_nanos, kind, scope_name, kin FROM spans FINAL
       WHERE ${isWithinTimes} AND NOT gone AND ${idsIn('trace_id', 'traceIds', 16)} ${keys.length === 0 ? '' : `AND (${isOurs})`}`,
      { ...times, traceIds, everybodys: traceIds.filter((traceId) => index.hasEverybody(traceId)), keys },
    );
    for (const row of rows) {
      const kin: Kin = {
        traceId: row.trace_id as string,
        spanId: row.span_id as string,
        parentSpanId: row.parent_span_id as string,
        start: row.start_nanos as bigint,
        end: row.end_nanos as bigint,
        kind: row.kind as SpanKind,
        scopeName: row.scope_name as string,
        facts: fromTaggedJson(row.kin as string) as Facts,
      };
      if (index.has(kin)) found.push(kin);
    }
  }
  return found;
}

/** Stands for a trace of a tenant: names may be longer than what fits into a parameter together. */
const keySql = 'MD5(concat(lower(hex(trace_id)), tenant))';
function keyOf(traceId: string, tenant: string): string {
  return createHash('md5').update(traceId).update(tenant).digest('hex');
}

async function countKin(connection: Connection, asked: readonly KinOf[]): Promise<CountedKin[]> {
  const counted: CountedKin[] = [];
  const index = new KinIndex(asked);
  for (const traceIds of inChunks(index.traceIds)) {
    const sql = `SELECT lower(hex(trace_id)) AS trace, reader, whole, spans FROM summaries FINAL WHERE ${idsIn('trace_id', 'traceIds', 16)}`;
    for (const row of await connection.query(sql, { traceIds })) {
      const [traceId, reader, spans] = [row.trace as string, row.reader as string, Number(row.spans)];
      if (spans === 0) continue;
      if (row.whole && index.hasEverybody(traceId)) counted.push({ traceId, spans });
      const tenant = reader.startsWith(tenantPrefix) ? reader.slice(tenantPrefix.length) : undefined;
      if (tenant !== undefined && index.hasTenant(traceId, tenant)) counted.push({ traceId, tenant, spans });
    }
  }
  return counted;
}
