import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogPosition, StoredSpan } from '../store.ts';
import { firstOfEach, identity, startsOf, type StartRange } from '../identity.ts';
import { knownTraces } from './known-traces.ts';
import { numberRuns } from './number-runs.ts';
import { query } from './query.ts';
import { writePosition } from './schema.ts';
import { spanColumns, type SpanColumn } from '../span-columns.ts';
import { summariseTraces } from './summarise-traces.ts';

/** After so many rows other work of the process gets its turn: appending happens on its main thread. */
const rowsPerTurn = 500;

/** Adds what is not there yet. Everything happens in the caller's transaction. */
export async function addSpans(
  connection: DuckDBConnection,
  spans: readonly StoredSpan[],
  position: LogPosition | undefined,
): Promise<{ added: number; traceIds: string[]; fresh: StoredSpan[] }> {
  const { fresh, range } = await withoutKnown(connection, firstOfEach(spans));
  const traceIds = [...new Set(fresh.map(({ traceId }) => traceId))];
  if (fresh.length > 0) {
    const runNumberOf = await numberRuns(connection, fresh);
    await appendRows(connection, fresh, runNumberOf);
    await summariseTraces(connection, traceIds, range);
  }
  if (position) await writePosition(connection, position);
  return { added: fresh.length, traceIds, fresh };
}

/** The spans that are new, and when spans of their traces start, both new and stored ones. */
async function withoutKnown(
  connection: DuckDBConnection,
  spans: Map<string, StoredSpan>,
): Promise<{ fresh: StoredSpan[]; range: StartRange }> {
  const batch = [...spans.values()];
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
  for (const row of rows) spans.delete(identity(row.tenant as string, row.trace_id as string, row.span_id as string));
  return {
    fresh: [...spans.values()],
    range: { first: first < range.first ? first : range.first, last: last > range.last ? last : range.last },
  };
}

async function appendRows(
  connection: DuckDBConnection,
  spans: readonly StoredSpan[],
  runNumberOf: (span: StoredSpan) => bigint | undefined,
): Promise<void> {
  const appender = await connection.createAppender('spans');
  for (const [index, span] of spans.entries()) {
    const runNumber = runNumberOf(span);
    for (const column of spanColumns) appendValue(appender, column, span, runNumber);
    appender.endRow();
    if (index % rowsPerTurn === rowsPerTurn - 1) {
      appender.flushSync();
      await nextTurn();
    }
  }
  appender.closeSync();
}

function appendValue(
  appender: DuckDBAppender,
  column: SpanColumn,
  span: StoredSpan,
  runNumber: bigint | undefined,
): void {
  const value = column.of(span, runNumber);
  if (value === undefined) return appender.appendNull();
  switch (column.type) {
    case 'VARCHAR':
      return appender.appendVarchar(value as string);
    case 'BIGINT':
      return appender.appendBigInt(value as bigint);
    case 'DOUBLE':
      return appender.appendDouble(value as number);
    case 'BOOLEAN':
      return appender.appendBoolean(value as boolean);
  }
}
