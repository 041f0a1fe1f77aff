import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TallyError, usdFromNanos } from '@tallyspan/facts';
import { restoreBackup, startServer } from '@tallyspan/server';
import { askRaw } from './ask-server.ts';
import { dollars, grouped } from './words.ts';

export interface BackupCommand {
  url: string;
  out: string;
  dataDir?: string;
}

/** Writes a backup of a running server or, with a data folder, of one that is stopped. Prints the file. Throws BACKUP_FAILED and others. */
export async function backup({ url, out, dataDir }: BackupCommand): Promise<void> {
  const file = await freeFile(out);
  if (dataDir === undefined) {
    const response = await askRaw({ url, path: '/api/v1/data/backup', method: 'POST' });
    await write(Readable.fromWeb(response.body! as never), file);
  } else {
    const folder = resolve(dataDir);
    // A new folder would be made, and backed up empty.
    if ((await kindOf(folder)) !== 'folder') throw taken('--data-dir', dataDir, 'There is no such folder.');
    // On no port that anybody knows; it stores what the log still has.
    const server = await startServer({ port: 0, host: '127.0.0.1', dataDir: folder });
    try {
      await write(Readable.from(await server.backup()), file);
    } finally {
      await server.close();
    }
  }
  console.log(file);
}

/** Makes a data folder of a backup. Throws RESTORE_REFUSED. */
export async function restore(file: string, { dataDir }: { dataDir: string }): Promise<void> {
  const { sums, madeAt } = await restoreBackup(file, dataDir);
  const cost = dollars(usdFromNanos(BigInt(sums.costNanos)));
  console.log(
    `Restored into ${resolve(dataDir)} as it was at ${madeAt}: ${grouped(sums.spans)} spans in ${grouped(sums.traces)} traces, ${grouped(sums.calls)} calls for ${cost}.`,
  );
}

/** Has the name only when it is whole. */
async function write(from: Readable, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(from, createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function freeFile(out: string): Promise<string> {
  const kind = await kindOf(out);
  const name = `tallyspan-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.tar`;
  if (kind === 'folder') return join(out, name);
  if (kind === 'nothing') return out;
  throw taken('--out', out, 'It is there already, and it is not overwritten.');
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}

function taken(option: string, value: string, why: string): TallyError {
  return new TallyError('BAD_OPTION', { option, value: JSON.stringify(value), why, fix: 'Give another path.' });
}
