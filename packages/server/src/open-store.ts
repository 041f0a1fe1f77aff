/** The store that the options name: a file in the data folder, or a ClickHouse that several servers share. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Objects,
  openClickhouseObjects,
  openClickhouseStore,
  openDuckdbStore,
  openFileObjects,
  type Store,
} from '@tallyspan/store';
import type { Report } from './report.ts';

export interface ClickhouseAddress {
  /** `clickhouse://user:password@host:8123/database` */
  url: string;
  /** A cluster in ClickHouse's configuration, on all of whose servers tables are made. */
  cluster?: string;
}

export interface StoreOptions {
  dataDir: string;
  clickhouse?: ClickhouseAddress;
}

/** The data folder must be locked. Throws STORE_LOCKED, STORE_UNREADABLE, BAD_OPTION or CLICKHOUSE_UNUSABLE. */
export async function openStore({ dataDir, clickhouse }: StoreOptions, report: Report): Promise<Store> {
  if (clickhouse) return openClickhouseStore({ ...clickhouse, replica: await replicaOf(dataDir) });
  const store = await openDuckdbStore({ file: join(dataDir, 'spans.duckdb') });
  for (const file of await store.damagedFiles())
    report(
      `DuckDB's write-ahead log was damaged and lies aside as ${file}; what was in it is read from the ingest log again.`,
    );
  return store;
}

/**
 * Names the ingest log of this data folder: ClickHouse keeps a position for each. Should the name be lost, the log is read from its
 * begin once more, which changes nothing.
 */
export async function replicaOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'replica');
  const known = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (known !== '') return known;
  const replica = randomUUID();
  await writeFile(file, `${replica}\n`);
  return replica;
}

/** Keys, budgets and alerts: beside the spans, where all servers see them that share the spans. Throws like {@link openStore}. */
export function openObjects({ dataDir, clickhouse }: StoreOptions): Promise<Objects> {
  return clickhouse ? openClickhouseObjects(clickhouse) : openFileObjects(join(dataDir, 'objects'));
}
