import type { DuckDBConnection } from '@duckdb/node-api';
import type { LogPosition, StoredSpan } from '../store.ts';
import { firstOfEach, identity, identityOf, startsOf, type StartRange } from '../identity.ts';
import { appendRows, type ItemColumn } from './append-rows.ts';
import { knownTraces } from './known-traces.ts';
import { numberRuns } from './number-runs.ts';
import { query } from './query.ts';
import { writePosition } from './schema.ts';
import { spanColumns } from '../span-columns.ts';
import { summariseTraces } from './summarise-traces.ts';
import { countSpans, foldSums } from './sums.ts';

/** Adds what is not there yet, all of it under the number of a batch that is new. Everything happens in the caller's transaction. */
export async function addSpans(
  connection: DuckDBConnection,
  spans: readonly StoredSpan[],
  position: LogPosition | undefined,
  batch: bigint,
): Promise<{ added: number; traceIds: string[]; fresh: StoredSpan[] }> {
  const { fresh, range } = await withoutKnown(connection, firstOfEach(spans));
  const traceIds = [...new Set(fresh.map(({ traceId }) => traceId))];
  if (fresh.length > 0) {
    const runNumberOf = await numberRuns(connection, fresh);
    await appendRows(connection, 'spans', columnsWith(runNumberOf, batch), fresh);
    await summariseTraces(connection, traceIds, range);
    await countSpans(connection, 'batch = $batch', 1, { batch });
    await foldSums(connection);
  }
  if (position) await writePosition(connection, position);
  return { added: fresh.length, traceIds, fresh };
}

/** The spans that are new, and when spans of their traces start, both new and stored ones. */
async function withoutKnown(
  connection: DuckDBConnection,
  batch: StoredSpan[],
): Promise<{ fresh: StoredSpan[]; range: StartRange }> {
  const range = startsOf(batch);
  const traceIds = [...new Set(batch.map(({ traceId }) => traceId))];
  if (traceIds.length === 0) return { fresh: [], range };
  // A span can only be there already when its trace is, and then it starts within what the summary says.
  const known = await knownTraces(connection, traceIds);
  if (known === undefined) return { fresh: batch, range };
  const { first, last } = known;
  const knownIds = new Set(known.traceIds);
  const rows = await query(
    connection,
    `SELECT tenant, trace_id, span_id FROM spans
     WHERE start_nanos BETWEEN $first AND $last
       AND trace_id IN (SELECT unnest($traceIds)) AND span_id IN (SELECT unnest($spanIds))`,
    {
      first,
      last,
      traceIds: [...knownIds],
      spanIds: [...new Set(batch.filter(({ traceId }) => knownIds.has(traceId)).map(({ spanId }) => spanId))],
    },
  );
  const stored = new Set(
    rows.map((row) => identity(row.tenant as string, row.trace_id as string, row.span_id as string)),
  );
  return {
    fresh: stored.size === 0 ? batch : batch.filter((span) => !stored.has(identityOf(span))),
    range: { first: first < range.first ? first : range.first, last: last > range.last ? last : range.last },
  };
}

/** The columns of the table in their order. */
function columnsWith(
  runNumberOf: (span: StoredSpan) => bigint | undefined,
  batch: bigint,
): readonly ItemColumn<StoredSpan>[] {
  const columns = spanColumns.map((column) => (column.name === 'run_number' ? { ...column, of: runNumberOf } : column));
  return [...columns, { type: 'BIGINT', of: () => batch }];
}
