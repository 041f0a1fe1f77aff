import { TallyError } from '@tallyspan/facts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dirname } from 'node:path';
import type { LogPosition } from '../store.ts';
import { blocksTable } from './blocks.ts';
import { query } from './query.ts';
import { spanColumns, type SpanColumn } from '../span-columns.ts';
import { summariesOf } from './summarise-traces.ts';
import { sumsOf, sumsTable } from './sums.ts';
import { totalColumns } from './totals.ts';

const schemaVersion = 3;

/** About as many as come at once where much comes. */
const batchSpans = 5_000;

const tables = [
  `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)`,
  `CREATE TABLE IF NOT EXISTS log_position (segment BIGINT, byte_offset BIGINT)`,
  // The batch is the number of the add that brought a span, so it grows from each row to the next.
  `CREATE TABLE IF NOT EXISTS spans (${spanColumns.map(definition).join(', ')}, batch BIGINT)`,
  // The number of a run never changes once it was given.
  `CREATE TABLE IF NOT EXISTS runs (tenant VARCHAR, agent VARCHAR, run_id VARCHAR, number BIGINT)`,
  // Computed anew from the spans of a trace whenever some arrive, so their order does not matter.
  `CREATE TABLE IF NOT EXISTS traces (
    trace_id VARCHAR, reader VARCHAR, is_whole BOOLEAN, start_nanos BIGINT, last_start_nanos BIGINT, end_nanos BIGINT,
    name VARCHAR, status VARCHAR, root_arrived BOOLEAN, spans BIGINT, error_spans BIGINT,
    tenant VARCHAR, agent VARCHAR, run_id VARCHAR, run_number BIGINT, session_id VARCHAR,
    models VARCHAR[], agents VARCHAR[], ${totalColumns})`,
  sumsTable,
  blocksTable,
];

function definition({ name, type, compression }: SpanColumn): string {
  return `${name} ${type}${compression ? ` USING COMPRESSION ${compression}` : ''}`;
}

/** Makes what is missing. Throws `STORE_UNREADABLE` for a file of a newer version, and changes nothing in it. */
export async function prepareSchema(connection: DuckDBConnection, file: string): Promise<void> {
  await connection.run('BEGIN');
  await connection.run(tables[0]!);
  const [row] = await query(connection, 'SELECT version FROM schema_version');
  const version = row?.version as number | undefined;
  if (version !== undefined && version > schemaVersion) {
    await connection.run('ROLLBACK');
    const reason = `it has schema ${version} and this version reads ${schemaVersion}`;
    throw new TallyError('STORE_UNREADABLE', { dir: dirname(file), reason, file });
  }
  const isOlder = version !== undefined && version < schemaVersion;
  if (isOlder) await fillNewColumns(connection, version);
  for (const table of tables) await connection.run(table);
  if (version === 1) await connection.run(`INSERT INTO traces BY NAME ${summariesOf('true')}`);
  if (isOlder)
    await connection.run(`INSERT INTO sums BY NAME SELECT * REPLACE (true AS folded) FROM (${sumsOf('true')})`);
  if (version !== schemaVersion) {
    await connection.run('DELETE FROM schema_version');
    await query(connection, 'INSERT INTO schema_version VALUES ($version)', { version: schemaVersion });
  }
  await connection.run('COMMIT');
}

/**
 * Version 2 has columns for some facts, and summaries of a tenant's spans; version 3 the batch that brought a span, which nobody wrote
 * down before. DuckDB does not fill a column in the transaction that adds it, so there are two; wherever this stops, the next opening
 * does all of it again.
 */
async function fillNewColumns(connection: DuckDBConnection, version: number): Promise<void> {
  const later = spanColumns.flatMap(({ name, type, later: from }) => (from ? [{ name, type, from }] : []));
  const added = version === 1 ? later.map(({ name, type }) => `${name} ${type}`) : [];
  for (const column of [...added, 'batch BIGINT'])
    await connection.run(`ALTER TABLE spans ADD COLUMN IF NOT EXISTS ${column}`);
  await connection.run('COMMIT');
  await connection.run('BEGIN');
  await connection.run(`UPDATE spans SET batch = rowid // ${batchSpans}`);
  if (version !== 1) return;
  const values = later.map(({ name, from }) => `${name} = json_extract_string(${from.of}, '/${from.key}')`);
  await connection.run(`UPDATE spans SET ${values.join(', ')}`);
  await connection.run('DROP TABLE traces');
}

/** The number of the newest batch: a block must not say anything of spans that are still to come. */
export async function lastBatch(connection: DuckDBConnection): Promise<bigint> {
  const [row] = await query(
    connection,
    'SELECT greatest((SELECT max(batch) FROM spans), (SELECT max(last_batch) FROM blocks), 0) AS batch',
  );
  return row!.batch as bigint;
}

export async function readPosition(connection: DuckDBConnection): Promise<LogPosition | undefined> {
  const [row] = await query(connection, 'SELECT segment, byte_offset FROM log_position');
  return row && { segment: Number(row.segment), offset: Number(row.byte_offset) };
}

export async function writePosition(connection: DuckDBConnection, { segment, offset }: LogPosition): Promise<void> {
  await connection.run('DELETE FROM log_position');
  const position = { segment: BigInt(segment), offset: BigInt(offset) };
  await query(connection, 'INSERT INTO log_position VALUES ($segment, $offset)', position);
}
