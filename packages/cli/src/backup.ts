import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { usdFromNanos } from '@tallyspan/facts';
import { restoreBackup, startServer } from '@tallyspan/server';
import { askRaw } from './ask-server.ts';
import { dollars, grouped } from './words.ts';
import { badPath, freeFile, kindOf, writeFile } from './write-file.ts';

export interface BackupCommand {
  url: string;
  out: string;
  dataDir?: string;
  json?: boolean;
}

/** Writes a backup of a running server or, with a data folder, of one that is stopped. Prints the file. Throws BACKUP_FAILED and others. */
export async function backup({ url, out, dataDir, json }: BackupCommand): Promise<void> {
  const file = await freeFile(out, 'tar');
  if (dataDir === undefined) {
    const response = await askRaw({ url, path: '/api/v1/data/backup', method: 'POST' });
    await writeFile(Readable.fromWeb(response.body! as never), file);
  } else {
    const folder = resolve(dataDir);
    // A new folder would be made, and backed up empty.
    if ((await kindOf(folder)) !== 'folder') throw badPath('--data-dir', dataDir, 'There is no such folder.');
    // On no port that anybody knows; it stores what the log still has.
    const server = await startServer({ port: 0, host: '127.0.0.1', dataDir: folder });
    try {
      await writeFile(Readable.from(await server.backup()), file);
    } finally {
      await server.close();
    }
  }
  console.log(json ? JSON.stringify({ file, bytes: (await stat(file)).size }, null, 2) : file);
}

/** Makes a data folder of a backup. Throws RESTORE_REFUSED. */
export async function restore(file: string, { dataDir, json }: { dataDir: string; json?: boolean }): Promise<void> {
  const { sums, madeAt } = await restoreBackup(file, dataDir);
  const { costNanos, ...counts } = sums;
  const costUsd = usdFromNanos(BigInt(costNanos));
  if (json) return console.log(JSON.stringify({ dataDir: resolve(dataDir), madeAt, ...counts, costUsd }, null, 2));
  const cost = dollars(costUsd);
  console.log(
    `Restored into ${resolve(dataDir)} as it was at ${madeAt}: ${grouped(sums.spans)} spans in ${grouped(sums.traces)} traces, ${grouped(sums.calls)} calls for ${cost}.`,
  );
}
