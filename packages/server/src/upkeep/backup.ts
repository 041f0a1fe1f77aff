/**
 * A backup of a server that goes on running: all that was acknowledged when it began, as one tar.
 *
 *   wait until the log is read ─► copy store, objects, audit log, nobody writing ─► checksums and sums ─► manifest.json, files
 *
 * The log itself is not in it: its position is in the store, and what lay in it is stored.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits, TallyError } from '@tallyspan/facts';
import {
  comparePositions,
  type DuckdbStore,
  fileErrorCode,
  type Log,
  type LogPosition,
  logStart,
  type Store,
} from '@tallyspan/store';
import { packTar } from './tar.ts';

export const storeFile = 'spans.duckdb';
export const manifestFile = 'manifest.json';
export const backupFormat = 'tallyspan backup 1';
/** Folders beside the store. The log is none of them. */
const folders = ['objects', 'audit', 'set-aside'];

export interface Sums {
  spans: number;
  traces: number;
  calls: number;
  /** Text, as it may be large. */
  costNanos: string;
}

export interface Manifest {
  format: string;
  /** ISO 8601. */
  madeAt: string;
  position: LogPosition | null;
  sums: Sums;
  files: { name: string; bytes: number; sha256: string }[];
}

export interface BackupOptions {
  dataDir: string;
  store: Store;
  log: Pick<Log, 'roll'>;
  drain: { readonly position: LogPosition | undefined };
}

/** Answers the tar as pieces. The copy it is made of is removed when they were read, or given up. Throws BACKUP_FAILED. */
export async function makeBackup({ dataDir, store, log, drain }: BackupOptions): Promise<AsyncGenerator<Buffer>> {
  if (!('copyFile' in store))
    throw failed(
      "the spans are in ClickHouse, which makes its own: BACKUP DATABASE tallyspan TO Disk('backups', 'one')",
    );
  const end = await log.roll();
  const until = Date.now() + limits.backupWaitMs;
  while (end !== undefined && comparePositions(drain.position ?? logStart, end) < 0) {
    if (Date.now() > until) throw failed('the store does not take what lies in the ingest log; see /readyz');
    await sleep(50);
  }
  const copy = await mkdtemp(join(dataDir, 'backup-'));
  try {
    let sums: Sums | undefined;
    await (store as DuckdbStore).copyFile(async (file) => {
      await copyFile(file, join(copy, storeFile), constants.COPYFILE_FICLONE);
      for (const folder of folders) await copyFolder(join(dataDir, folder), join(copy, folder));
      sums = await sumsOf(store);
    });
    const names = [storeFile, ...(await filesIn(copy)).filter((name) => name !== storeFile)];
    const files: Manifest['files'] = [];
    for (const name of names) files.push({ name, ...(await checksumOf(join(copy, name))) });
    const position = (await store.position()) ?? null;
    const manifest: Manifest = { format: backupFormat, madeAt: new Date().toISOString(), position, sums: sums!, files };
    await writeFile(join(copy, manifestFile), JSON.stringify(manifest, null, 2));
    return packed(copy, [manifestFile, ...names]);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw error;
  }
}

export async function sumsOf(store: Pick<Store, 'stats' | 'costs'>): Promise<Sums> {
  const { spans, traces } = await store.stats();
  const { calls, costNanos } = (await store.costs([], {})).total;
  return { spans, traces, calls, costNanos: String(costNanos) };
}

export async function checksumOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function* packed(copy: string, names: readonly string[]): AsyncGenerator<Buffer> {
  try {
    yield* packTar(copy, names);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  for (const name of await filesIn(from)) {
    // Written beside and not yet in its place.
    if (name.endsWith('.new')) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await copyFile(join(from, name), join(to, name)).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error;
    });
  }
}

/** Of all its folders, with `/` between. Of none when it is not there. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      )
      .sort();
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function failed(reason: string): TallyError {
  return new TallyError('BACKUP_FAILED', { reason });
}

/** Copies that a killed process left. */
export async function removeOldCopies(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir))
    if (/^backup-\w{6}$/.test(name)) await rm(join(dataDir, name), { recursive: true, force: true });
}
