import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { TallyError } from '@tallyspan/facts';
import { fileErrorCode, fileReason } from '../file-reason.ts';

/** Files that this process has open. DuckDB keeps other processes out, but would let this one open a file twice and spoil it. */
const openFiles = new Set<string>();

export interface Database {
  instance: DuckDBInstance;
  close(): void;
}

/**
 * Opens the file, which is made if it does not exist. A write-ahead log that DuckDB refuses is moved aside: it holds what came since
 * the last checkpoint, and the ingest log keeps that for so long. Throws `STORE_LOCKED`, `STORE_UNREADABLE` or `DATA_NOT_WRITABLE`.
 */
export async function openDatabase(path: string, memoryBytesMax: number): Promise<Database> {
  const file = resolve(path);
  if (openFiles.has(file)) throw new TallyError('STORE_LOCKED', { dir: dirname(file), pid: ` (pid ${process.pid})` });
  openFiles.add(file);
  try {
    await mkdir(dirname(file), { recursive: true });
    const instance = await openOrSetAside(file, {
      memory_limit: `${memoryBytesMax}B`,
      // We do it ourselves, and so know up to where the ingest log may be trimmed.
      checkpoint_threshold: '1TB',
      // Without it new files have the format of years ago, which knows no zstd.
      storage_compatibility_version: 'v1.5.0',
      // No statement of ours needs one.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return {
      instance,
      close() {
        instance.closeSync();
        openFiles.delete(file);
      },
    };
  } catch (error) {
    openFiles.delete(file);
    throw explained(error, file);
  }
}

/** The write-ahead logs that were moved aside, in this run and earlier ones. */
export async function damagedWalFiles(path: string): Promise<string[]> {
  const start = `${basename(path)}.wal.`;
  const names = await readdir(dirname(resolve(path)));
  return names.filter((name) => name.startsWith(start) && name.endsWith('.damaged')).sort();
}

/** 0 when there is no such file. */
export async function fileBytes(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.size ?? 0;
}

/** What DuckDB keeps beside its file. The last two are there only after a crash in the middle of a checkpoint. */
const walEndings = ['.wal', '.wal.checkpoint', '.wal.recovery'];

async function openOrSetAside(file: string, options: Record<string, string>): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(file, options);
  } catch (error) {
    if (!/replaying WAL/i.test(String(error))) throw error;
    const moved = await setAside(walEndings.map((ending) => `${file}${ending}`));
    try {
      return await DuckDBInstance.create(file, options);
    } catch {
      // It was not the write-ahead log alone: everything stays as it was.
      for (const { from, to } of moved) await rename(to, from);
      throw error;
    }
  }
}

async function setAside(paths: readonly string[]): Promise<{ from: string; to: string }[]> {
  const moved: { from: string; to: string }[] = [];
  for (const from of paths) {
    if ((await fileBytes(from)) === 0) continue;
    const to = `${from}.${Date.now()}.damaged`;
    await rename(from, to);
    moved.push({ from, to });
  }
  return moved;
}

function explained(error: unknown, file: string): unknown {
  const dir = dirname(file);
  if (fileErrorCode(error) !== undefined)
    return new TallyError('DATA_NOT_WRITABLE', { dir, reason: fileReason(error) }, error);
  const text = String(error);
  if (/could not set lock/i.test(text)) {
    const pid = /\(PID (\d+)\)/.exec(text)?.[1];
    return new TallyError('STORE_LOCKED', { dir, pid: pid === undefined ? '' : ` (pid ${pid})` }, error);
  }
  const reason = (text.split('\n')[0] ?? '').replace(/^(\w+ )?Error: /, '');
  return new TallyError('STORE_UNREADABLE', { dir, reason, file }, error);
}
