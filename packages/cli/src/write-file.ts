import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TallyError } from '@tallyspan/facts';

/** Writes a file for its owner only, which has its name only when it is whole. */
export async function writeFile(from: Readable, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(from, createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Where to write: the path, or in the folder that it is a file of a name with the time in it. Throws BAD_OPTION for a file that is there. */
export async function freeFile(out: string, ending: string): Promise<string> {
  const kind = await kindOf(out);
  const name = `tallyspan-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.${ending}`;
  if (kind === 'folder') return join(out, name);
  if (kind === 'nothing') return out;
  throw badPath('--out', out, 'It is there already, and it is not overwritten.');
}

export async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}

export function badPath(option: string, value: string, why: string): TallyError {
  return new TallyError('BAD_OPTION', { option, value: JSON.stringify(value), why, fix: 'Give another path.' });
}
