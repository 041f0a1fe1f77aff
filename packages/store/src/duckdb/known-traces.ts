import type { DuckDBConnection } from '@duckdb/node-api';
import type { StartRange } from '../identity.ts';
import { query } from './query.ts';

/** Which of these traces are stored, and when spans of theirs start; undefined when none is. */
export async function knownTraces(
  connection: DuckDBConnection,
  traceIds: readonly string[],
): Promise<(StartRange & { traceIds: string[] }) | undefined> {
  if (traceIds.length === 0) return undefined;
  const [known] = await query(
    connection,
    `SELECT min(start_nanos) AS first, max(last_start_nanos) AS last, list(trace_id) AS trace_ids
     FROM traces WHERE is_whole AND trace_id IN (SELECT unnest($traceIds))`,
    { traceIds },
  );
  if (known?.trace_ids == null) return undefined;
  return { first: known.first as bigint, last: known.last as bigint, traceIds: known.trace_ids as string[] };
}
