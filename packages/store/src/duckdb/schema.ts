import { TallyError } from '@tallyspan/facts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dirname } from 'node:path';
import type { LogPosition } from '../store.ts';
import { query } from './query.ts';
import { spanColumns, type SpanColumn } from '../span-columns.ts';
import { totalColumns } from './totals.ts';

const schemaVersion = 1;

const tables = [
  `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)`,
  `CREATE TABLE IF NOT EXISTS log_position (segment BIGINT, byte_offset BIGINT)`,
  `CREATE TABLE IF NOT EXISTS spans (${spanColumns.map(definition).join(', ')})`,
  // The number of a run never changes once it was given.
  `CREATE TABLE IF NOT EXISTS runs (tenant VARCHAR, agent VARCHAR, run_id VARCHAR, number BIGINT)`,
  // One row for each trace, computed anew from its spans whenever some arrive, so their order does not matter.
  `CREATE TABLE IF NOT EXISTS traces (
    trace_id VARCHAR, start_nanos BIGINT, last_start_nanos BIGINT, end_nanos BIGINT,
    name VARCHAR, status VARCHAR, root_arrived BOOLEAN, spans BIGINT, error_spans BIGINT,
    tenant VARCHAR, agent VARCHAR, run_id VARCHAR, run_number BIGINT, session_id VARCHAR,
    models VARCHAR[], agents VARCHAR[], ${totalColumns})`,
];

function definition({ name, type, compression }: SpanColumn): string {
  return `${name} ${type}${compression ? ` USING COMPRESSION ${compression}` : ''}`;
}

/** Makes what is missing. Throws `STORE_UNREADABLE` for a file of a newer version, and changes nothing in it. */
export async function prepareSchema(connection: DuckDBConnection, file: string): Promise<void> {
  await connection.run('BEGIN');
  await connection.run(tables[0]!);
  const [row] = await query(connection, 'SELECT version FROM schema_version');
  if (row && row.version !== schemaVersion) {
    await connection.run('ROLLBACK');
    const reason = `it has schema ${row.version} and this version reads ${schemaVersion}`;
    throw new TallyError('STORE_UNREADABLE', { dir: dirname(file), reason, file });
  }
  for (const table of tables) await connection.run(table);
  if (!row) await query(connection, 'INSERT INTO schema_version VALUES ($version)', { version: schemaVersion });
  await connection.run('COMMIT');
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
