/**
 * Objects in a folder: one file for each kind, written anew as a whole with each change. A file is either the old one or the new one,
 * whatever happens: it is written beside, flushed, and renamed over the old one.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { TallyError } from '@tallyspan/facts';
import { fileErrorCode, fileReason } from '../file-reason.ts';
import type { Objects, StoredObject } from './objects.ts';

type Kind = Map<string, StoredObject>;

/** Opens or makes the folder. One process at a time: the caller holds the lock of the data folder. Throws DATA_NOT_WRITABLE or STORE_UNREADABLE. */
export async function openFileObjects(dir: string): Promise<Objects> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new TallyError('DATA_NOT_WRITABLE', { dir, reason: fileReason(error) }, error);
  }
  const kinds = new Map<string, Promise<Kind>>();
  /** Changes wait in line, so that each starts from what the one before it left. */
  let line: Promise<unknown> = Promise.resolve();

  const kindOf = (kind: string): Promise<Kind> => {
    let known = kinds.get(kind);
    if (known === undefined) {
      kinds.set(kind, (known = readKind(dir, kind)));
      // Read again the next time: the file may have been repaired.
      known.catch(() => kinds.delete(kind));
    }
    return known;
  };

  function change<Result>(kind: string, make: (next: Kind) => Result): Promise<Result> {
    const done = line.then(async () => {
      const next = new Map(await kindOf(kind));
      const result = make(next);
      await writeKind(dir, kind, next);
      kinds.set(kind, Promise.resolve(next));
      return result;
    });
    line = done.catch(() => {});
    return done;
  }

  return {
    async list<Body>(kind: string) {
      const all = [...(await kindOf(kind)).values()] as StoredObject<Body>[];
      return all.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async get<Body>(kind: string, id: string) {
      return (await kindOf(kind)).get(id) as StoredObject<Body> | undefined;
    },
    put<Body>(kind: string, id: string, body: Body, expected?: number) {
      return change(kind, (next) => {
        const version = next.get(id)?.version ?? 0;
        if (expected !== undefined && expected !== version) throw new TallyError('OBJECT_CHANGED', { kind, id });
        const object: StoredObject<Body> = { id, body, version: version + 1, changedAt: Date.now() };
        next.set(id, object);
        return object;
      });
    },
    delete: (kind, id) => change(kind, (next) => next.delete(id)),
    async close() {
      await line;
    },
  };
}

async function readKind(dir: string, kind: string): Promise<Kind> {
  const file = fileOf(dir, kind);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return new Map();
    throw new TallyError('STORE_UNREADABLE', { dir, reason: fileReason(error), file }, error);
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== checksum(body))
    throw new TallyError('STORE_UNREADABLE', { dir, reason: 'its checksum is wrong', file });
  return new Map((JSON.parse(body) as StoredObject[]).map((object) => [object.id, object]));
}

async function writeKind(dir: string, kind: string, objects: Kind): Promise<void> {
  const body = JSON.stringify([...objects.values()]);
  const file = fileOf(dir, kind);
  const beside = `${file}.new`;
  try {
    const handle = await open(beside, 'w', 0o600);
    try {
      await handle.writeFile(`${checksum(body)}\n${body}`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    const folder = await open(dir, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw new TallyError('DATA_NOT_WRITABLE', { dir, reason: fileReason(error) }, error);
  }
}

function fileOf(dir: string, kind: string): string {
  return join(dir, `${kind}.json`);
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
