/** Objects of a folder into ClickHouse, with the versions that they have: prices are cited by theirs. */
import { readdir } from 'node:fs/promises';
import { fileErrorCode } from '../file-reason.ts';
import { type ClickhouseObjectsOptions, openClickhouseObjects } from './clickhouse-objects.ts';
import { openFileObjects } from './file-objects.ts';
import type { StoredObject } from './objects.ts';

export interface CopiedKind {
  kind: string;
  objects: number;
  /** Those that are there with that version or a later one when all is copied. */
  there: number;
}

/** Kinds that have any. Nobody may have the folder open. Throws STORE_UNREADABLE. */
export async function readObjects(folder: string): Promise<Map<string, StoredObject[]>> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const objects = await openFileObjects(folder);
  const kinds = new Map<string, StoredObject[]>();
  for (const kind of names.flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? []).sort()) {
    const all = await objects.list(kind);
    if (all.length > 0) kinds.set(kind, all);
  }
  await objects.close();
  return kinds;
}

/** What was changed there since stays. Doing it again changes nothing. Throws as `openClickhouseObjects` does. */
export async function copyObjects(
  kinds: ReadonlyMap<string, readonly StoredObject[]>,
  to: ClickhouseObjectsOptions,
): Promise<CopiedKind[]> {
  const target = await openClickhouseObjects(to);
  try {
    const copied: CopiedKind[] = [];
    for (const [kind, objects] of kinds) {
      for (const object of objects) await target.adopt(kind, object);
      const there = new Map((await target.list(kind)).map(({ id, version }) => [id, version]));
      const found = objects.filter(({ id, version }) => (there.get(id) ?? 0) >= version);
      copied.push({ kind, objects: objects.length, there: found.length });
    }
    return copied;
  } finally {
    await target.close();
  }
}
