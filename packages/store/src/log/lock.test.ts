import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockDataDir } from '../index.ts';
import { tempFolder } from '../../test/temp-folder.ts';

const script = fileURLToPath(new URL('../../test/hold-lock.ts', import.meta.url));

/** Another process that holds the lock of `folder`. */
async function otherHolder(folder: string) {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return {
    pid: child.pid!,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Gives the lock in `folder` another name: part 2 is the process's start, part 3 the machine's. */
async function renameLock(folder: string, part: number, value: string): Promise<void> {
  const [name = ''] = await readdir(folder);
  await rename(join(folder, name), join(folder, name.split('.').with(part, value).join('.')));
}

describe('the lock of a data folder', () => {
  it('makes the folder, and is there again as soon as it was given back', async () => {
    const folder = join(await tempFolder(), 'new', 'data');
    for (let round = 0; round < 3; round += 1) {
      const release = await lockDataDir(folder);
      await expect(lockDataDir(folder)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await release();
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps a second process out and says which one has it', async () => {
    const folder = await tempFolder();
    const holder = await otherHolder(folder);
    await expect(lockDataDir(folder)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      what: `The store in ${folder} is in use by another process (pid ${holder.pid}).`,
    });
  });

  it('is taken over from a process that was killed', async () => {
    const folder = await tempFolder();
    const holder = await otherHolder(folder);
    await holder.kill();
    const release = await lockDataDir(folder);
    expect(await readdir(folder)).toEqual([expect.stringContaining(`.${process.pid}.`)]);
    await release();
  });

  it('is taken over when its pid belongs to another process by now', async () => {
    const folder = await tempFolder();
    await otherHolder(folder);
    await renameLock(folder, 2, '1');
    const release = await lockDataDir(folder);
    await release();
  });

  it('is taken over when the machine was started again', async () => {
    const folder = await tempFolder();
    await otherHolder(folder);
    await renameLock(folder, 3, '00000000');
    const release = await lockDataDir(folder);
    await release();
  });

  it('goes to exactly one of many that find a stale one at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const folder = await tempFolder();
      await writeFile(join(folder, 'tallyspan-lock.1.2.3.4'), '');
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDir(folder)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(folder)).toHaveLength(1);
    }
  });

  it('is not held up by files of another kind', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'tallyspan-lock'), '');
    await writeFile(join(folder, 'tallyspan.duckdb'), '');
    const release = await lockDataDir(folder);
    await release();
    expect((await readdir(folder)).sort()).toEqual(['tallyspan-lock', 'tallyspan.duckdb']);
  });

  it('says why the folder cannot be written', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'file', 'below')]) {
      await expect(lockDataDir(path)).rejects.toMatchObject({
        code: 'DATA_NOT_WRITABLE',
        what: `The data folder ${path} cannot be written: a file is in the way.`,
      });
    }
  });
});
