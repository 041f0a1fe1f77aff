import { firstOfEach, identity, identityOf } from '../identity.ts';
import type { StoredSpan } from '../store.ts';
import { filledColumns } from './columns.ts';
import type { Connection } from './connection.ts';
import { idsIn, inChunks } from './ids.ts';
import { rememberRuns } from './number-runs.ts';
import { summariseTraces } from './summarise-traces.ts';
import { isWithinTimes, knownTraces, rememberTimes, timesOf } from './trace-times.ts';

/**
 * Adds what is not there yet. ClickHouse has no transactions, so the order is what counts: wherever this stops, adding the same spans
 * again completes it. Of two replicas that add the same span at the same time both may call it new; it is stored once all the same.
 */
export async function addSpans(
  connection: Connection,
  spans: readonly StoredSpan[],
): Promise<{ added: number; traceIds: string[]; fresh: StoredSpan[] }> {
  const batch = firstOfEach(spans);
  const sent = [...new Set(spans.map(({ traceId }) => traceId))];
  const known = await knownTraces(connection, sent);
  const suspects = batch.filter(({ traceId }) => known.has(traceId));
  const stored = new Set<string>();
  for (const chunk of inChunks(suspects)) {
    for (const { tenant, trace, span } of await storedSpans(connection, chunk))
      stored.add(identity(tenant as string, trace as string, span as string));
  }
  const fresh = stored.size === 0 ? batch : batch.filter((span) => !stored.has(identityOf(span)));
  if (fresh.length > 0) {
    await Promise.all([rememberTimes(connection, fresh), rememberRuns(connection, fresh)]);
    await connection.insert({ table: 'spans', columns: filledColumns }, fresh);
  }
  const freshTraces = [...new Set(fresh.map(({ traceId }) => traceId))];
  // Those that brought nothing new as well: whoever stored their spans may have stopped before this.
  await summariseTraces(connection, sent);
  return { added: fresh.length, traceIds: freshTraces, fresh };
}

/** Those of these spans that are there, or were until they were replaced. */
export async function storedSpans(connection: Connection, spans: readonly Pick<StoredSpan, 'traceId' | 'spanId'>[]) {
  const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
  const spanIds = [...new Set(spans.map(({ spanId }) => spanId))];
  const times = await timesOf(connection, traceIds);
  if (!times) return [];
  return connection.query(
    `SELECT DISTINCT tenant, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span FROM spans
     WHERE ${isWithinTimes} AND ${idsIn('trace_id', 'traceIds', 16)} AND ${idsIn('span_id', 'spanIds', 8)}`,
    { ...times, traceIds, spanIds },
  );
}
