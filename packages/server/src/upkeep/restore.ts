/** A backup as a data folder again. It is unpacked beside, compared with what the backup says of itself, and only then gets the name. */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isTallyError, TallyError } from '@tallyspan/facts';
import { fileErrorCode, openDuckdbStore } from '@tallyspan/store';
import { describeError } from '../report.ts';
import { backupFormat, checksumOf, type Manifest, manifestFile, storeFile, sumsOf } from './backup.ts';
import { unpackTar } from './tar.ts';

/** The folder must not exist, or be empty. Answers what was restored. Throws RESTORE_REFUSED, and then leaves nothing. */
export async function restoreBackup(file: string, dataDir: string): Promise<Manifest> {
  const target = resolve(dataDir);
  if (!(await isEmpty(target)))
    throw refused(file, `there is something in ${target} already, and it is not overwritten`);
  await mkdir(dirname(target), { recursive: true });
  const beside = await mkdtemp(join(dirname(target), `${basename(target)}.restoring-`));
  try {
    const names = await unpackTar(createReadStream(file), beside);
    const manifest = await checked(beside, names);
    await rm(join(beside, manifestFile));
    const folder = await open(beside, 'r');
    await folder.sync().finally(() => folder.close());
    await rmdir(target).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error;
    });
    await rename(beside, target);
    return manifest;
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw isTallyError(error) && error.code === 'RESTORE_REFUSED' ? error : refused(file, describeError(error), error);
  }
}

async function checked(folder: string, names: readonly string[]): Promise<Manifest> {
  const manifest = JSON.parse(await readFile(join(folder, manifestFile), 'utf8')) as Manifest;
  if (manifest.format !== backupFormat) throw new Error(`its format is ${String(manifest.format).slice(0, 100)}`);
  const listed = [manifestFile, ...manifest.files.map(({ name }) => name)];
  if (listed.join() !== names.join()) throw new Error('files are missing');
  for (const { name, bytes, sha256 } of manifest.files) {
    const found = await checksumOf(join(folder, name));
    if (found.bytes !== bytes || found.sha256 !== sha256) throw new Error(`the checksum of ${name} is wrong`);
  }
  const store = await openDuckdbStore({ file: join(folder, storeFile) });
  try {
    const [sums, position] = [await sumsOf(store), (await store.position()) ?? null];
    if (JSON.stringify([sums, position]) !== JSON.stringify([manifest.sums, manifest.position]))
      throw new Error(`it has ${JSON.stringify(sums)} and says ${JSON.stringify(manifest.sums)}`);
  } finally {
    await store.close();
  }
  return manifest;
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    return fileErrorCode(error) === 'ENOENT';
  }
}

function refused(file: string, reason: string, cause?: unknown): TallyError {
  return new TallyError('RESTORE_REFUSED', { file, reason }, cause);
}
