/**
 * What DuckDB deletes stays in free blocks of its file until others are written over them. So everything that is left is written into a
 * new file, which takes the old one's place:
 *
 *   spans.duckdb ── copy ──► spans.duckdb.new ── sync, rename ──► spans.duckdb
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDatabase } from './database.ts';
import { query } from './query.ts';

export interface Rewriting {
  file: string;
  memoryBytesMax: number;
  /** Makes the tables in a new file. */
  prepare(connection: DuckDBConnection): Promise<void>;
}

/** Copies all rows, in their order (which DuckDB keeps), into a file beside this one. The writer must be idle. Answers the new file. */
export async function copyBeside(
  writer: DuckDBConnection,
  { file, memoryBytesMax, prepare }: Rewriting,
): Promise<string> {
  const beside = `${file}.new`;
  await removeFile(beside);
  const fresh = await openDatabase(beside, memoryBytesMax);
  try {
    const connection = await fresh.instance.connect();
    await prepare(connection);
    await connection.run('CHECKPOINT');
    connection.closeSync();
  } finally {
    fresh.close();
  }
  // A path of ours may have a quote in it.
  await writer.run(`ATTACH '${beside.replaceAll("'", "''")}' AS rewritten`);
  try {
    for (const { name } of await query(
      writer,
      'SELECT table_name AS name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary',
    )) {
      await writer.run(`DELETE FROM rewritten.${String(name)}`);
      await writer.run(`INSERT INTO rewritten.${String(name)} SELECT * FROM ${String(name)}`);
    }
    await writer.run('CHECKPOINT rewritten');
  } finally {
    await writer.run('DETACH rewritten');
  }
  return beside;
}

/** Puts the new file in the place of the old one, which nobody may have open. */
export async function takePlace(beside: string, file: string): Promise<void> {
  const handle = await open(beside, 'r');
  await handle.sync().finally(() => handle.close());
  await removeFile(`${file}.wal`, true);
  await rename(beside, file);
  const folder = await open(dirname(file), 'r');
  await folder.sync().finally(() => folder.close());
}

async function removeFile(file: string, only = false): Promise<void> {
  await rm(file, { force: true });
  if (!only) await rm(`${file}.wal`, { force: true });
}
