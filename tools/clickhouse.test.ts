import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureClickhouse, findClickhouse, type Workshop } from './clickhouse.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-tools-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** npm brings a package with these files, gcc makes its output; both tell what they were asked. */
function workshop({
  npmFails = '',
  gccFails = '',
  hasGcc = true,
  aptBringsGcc = false,
  packages = ['lib-linux-x64-gnu'],
} = {}) {
  const ran: string[] = [];
  const said: string[] = [];
  let gccIsThere = hasGcc;
  const launcherSource = join(folder, 'launcher.c');
  writeFileSync(launcherSource, 'int main() {}');
  const made: Workshop = {
    folder: join(folder, 'out'),
    launcherSource,
    async npm(args) {
      ran.push(`npm ${args[0]} ${args[1]}`);
      await sleep(50);
      if (npmFails !== '') return { code: 1, output: npmFails };
      for (const name of packages) {
        const home = join(args[args.indexOf('--prefix') + 1]!, 'node_modules/@chdb', name);
        mkdirSync(home, { recursive: true });
        writeFileSync(join(home, 'libchdb.so'), '');
      }
      return { code: 0, output: '' };
    },
    cc(args) {
      ran.push('gcc');
      if (!gccIsThere) return { status: null, stderr: '', error: new Error('spawnSync gcc ENOENT') };
      if (gccFails !== '') return { status: 1, stderr: gccFails };
      writeFileSync(args[args.indexOf('-o') + 1]!, '');
      return { status: 0, stderr: '' };
    },
    installGcc: aptBringsGcc
      ? () => {
          ran.push('apt-get');
          gccIsThere = true;
          return { status: 0, stderr: '' };
        }
      : undefined,
  };
  return { made, ran, said, ensure: () => ensureClickhouse((line) => said.push(line), made) };
}

describe('the ClickHouse of the tests', () => {
  it('is fetched with npm and gets its launcher from gcc, once, and says so before', async () => {
    const { made, ran, said, ensure } = workshop();
    expect(findClickhouse(made)).toBeUndefined();
    const first = await ensure();
    expect(first).toMatchObject({ library: expect.stringMatching(/@chdb\/lib-linux-x64-gnu\/libchdb\.so$/) });
    expect(await ensure()).toEqual(first);
    expect(findClickhouse(made)).toEqual(first);
    expect(ran).toEqual(['npm install chdb@3.4.0', 'gcc']);
    expect(said).toEqual([expect.stringContaining('npm package chdb 3.4.0, 550 MB')]);
  });

  it('is fetched by one of two processes that want it at the same time; the other waits', async () => {
    const { made, ran, ensure } = workshop();
    const [one, two] = await Promise.all([ensure(), ensure()]);
    expect(one).toEqual(two);
    expect(ran).toEqual(['npm install chdb@3.4.0', 'gcc']);
    expect(await readdir(made.folder)).not.toContain('lock');
  });

  it('is taken over from a process that died over it', async () => {
    const { made, ensure } = workshop();
    const dead = execFile(process.execPath, ['-e', '0']);
    await new Promise((done) => dead.once('close', done));
    mkdirSync(made.folder, { recursive: true });
    writeFileSync(join(made.folder, 'lock'), String(dead.pid));
    expect(await ensure()).toHaveProperty('launcher');
  });

  it('gets a new launcher when its source has changed, and is not fetched again', async () => {
    const { made, ran, ensure } = workshop();
    await ensure();
    writeFileSync(made.launcherSource, 'int main() { return 0; }');
    expect(findClickhouse(made)).toBeUndefined();
    await ensure();
    expect(ran).toEqual(['npm install chdb@3.4.0', 'gcc', 'gcc']);
  });

  it('that cannot be fetched is a problem in words, and nothing half stays behind', async () => {
    const { made, ensure } = workshop({ npmFails: 'npm error code ENOTFOUND' });
    expect(await ensure()).toEqual({
      problem: expect.stringMatching(/npm could not fetch chdb .*registry[^]*ENOTFOUND/),
    });
    expect(await readdir(made.folder)).toEqual([]);
  });

  it('that has no engine for the platform is a problem in words', async () => {
    const { ensure } = workshop({ packages: [] });
    expect(await ensure()).toEqual({ problem: expect.stringContaining(`no engine for ${process.platform}`) });
  });

  it("gets Debian's gcc where that needs nobody's permission", async () => {
    const { ran, said, ensure } = workshop({ hasGcc: false, aptBringsGcc: true });
    expect(await ensure()).toHaveProperty('launcher');
    expect(ran).toEqual(['npm install chdb@3.4.0', 'gcc', 'apt-get', 'gcc']);
    expect(said.at(-1)).toContain('installing the package gcc');
  });

  it.each([
    ['there is none', { hasGcc: false }, 'Install gcc'],
    ['it fails', { gccFails: 'launcher.c:3: no' }, 'launcher.c:3: no'],
  ])('without a compiler is a problem in words: %s', async (_, options, words) => {
    expect(await workshop(options).ensure()).toEqual({ problem: expect.stringContaining(words) });
  });
});
