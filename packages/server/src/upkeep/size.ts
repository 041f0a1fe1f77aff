/** How much is stored, of whom and since when, and what that takes on the disk. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { byTenant, fileErrorCode, type StoreUpkeep } from '@tallyspan/store';
import { storeFile } from './backup.ts';

export interface StoredSize {
  tenant: string;
  spans: number;
  /** Of their text, before it is compressed; undefined when it was not asked for, as all of it has to be read. */
  textBytes: bigint | undefined;
  /** Begins of days in UTC, in nanoseconds. */
  firstDay: bigint;
  lastDay: bigint;
}

/** Those with most spans first; of one tenant only when that is given. */
export async function sizesOf(
  store: Pick<StoreUpkeep, 'days'>,
  withText: boolean,
  only: string | undefined,
): Promise<StoredSize[]> {
  return [...byTenant(await store.days(withText))]
    .filter(([tenant]) => only === undefined || tenant === only)
    .map(([tenant, days]) => ({
      tenant,
      spans: days.reduce((sum, { spans }) => sum + spans, 0),
      textBytes: withText ? days.reduce((sum, { bytes }) => sum + bytes, 0n) : undefined,
      firstDay: days[0]!.day,
      lastDay: days.at(-1)!.day,
    }))
    .sort((one, other) => other.spans - one.spans);
}

export type FolderPart = 'spans' | 'log' | 'objects' | 'audit' | 'set-aside' | 'other';

/** What lies in the data folder, and what its disk has room for. */
export async function folderSize(dataDir: string): Promise<{ parts: Record<FolderPart, number>; freeBytes: number }> {
  const parts: Record<FolderPart, number> = { spans: 0, log: 0, objects: 0, audit: 0, 'set-aside': 0, other: 0 };
  for (const name of await namesIn(dataDir)) {
    const part = name.startsWith(storeFile) ? 'spans' : Object.hasOwn(parts, name) ? (name as FolderPart) : 'other';
    parts[part] += await bytesOf(join(dataDir, name));
  }
  const { bavail, bsize } = await statfs(dataDir);
  return { parts, freeBytes: bavail * bsize };
}

/** Files come and go meanwhile. */
async function bytesOf(path: string): Promise<number> {
  try {
    const about = await stat(path);
    if (!about.isDirectory()) return about.size;
    const inside = await Promise.all((await namesIn(path)).map((name) => bytesOf(join(path, name))));
    return inside.reduce((sum, bytes) => sum + bytes, 0);
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
