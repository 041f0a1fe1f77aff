/** The unit of systemd, started by a real systemd in namespaces of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { canInstall, install, thisMachine } from '../../../tools/debian-package.ts';

const root = resolve(import.meta.dirname, '../../..');
const unit = readFileSync(join(root, 'deploy/systemd/tallyspan.service'), 'utf8');
let namespaces: ChildProcess;
let systemd: string;

beforeAll(async () => {
  // Namespaces and mounts are for root, and only Linux has them.
  if (!canInstall(thisMachine)) throw new Error('This asks for a systemd: run it as root on Debian.');
  const problem = thisMachine.exists('/lib/systemd/systemd') ? undefined : install('systemd', thisMachine);
  if (problem) throw new Error(problem);
  const own = ['--fork', '--kill-child', '--pid', '--mount', '--net', '--uts', '--ipc', '--cgroup'];
  const script = join(import.meta.dirname, 'boot-unit.sh');
  namespaces = spawn('/usr/bin/unshare', [...own, 'sh', script, root], { stdio: ['ignore', 'ignore', 'inherit'] });
  const { pid } = namespaces;
  await vi.waitFor(() => {
    systemd = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (systemd === '') throw new Error('There is no systemd yet.');
  }, 5_000);
  await ready();
});
afterAll(async () => {
  if (namespaces?.exitCode !== null) return;
  const ended = new Promise((done) => namespaces.once('close', done));
  // Its child is the first process of the namespace, which takes all others with it.
  namespaces.kill('SIGKILL');
  await ended;
});

it('systemd reads the unit without a complaint, and complains of a word that it does not know', async () => {
  const verify = (text: string) => {
    const commands = 'cat > /run/tallyspan.service && systemd-analyze verify /run/tallyspan.service 2>&1 || true';
    return inside(['sh', '-c', commands], text);
  };
  expect(await verify(unit)).toBe('');
  expect(await verify(unit.replace('ProtectHome', 'ProtctHome'))).toContain("Unknown key 'ProtctHome'");
});

it('the server runs as a user that is made for it, without any right of root, and writes to its state alone', async () => {
  const { MainPID, ...shown } = await show('ActiveState', 'DynamicUser', 'Result', 'MainPID');
  expect(shown).toEqual({ ActiveState: 'active', DynamicUser: 'yes', Result: 'success' });
  const status = await inside(['cat', `/proc/${MainPID}/status`]);
  const of = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)![1]!.split('\t');
  expect(
    of('Uid')
      .map(Number)
      .filter((id) => id < 61_184 || id > 65_519),
  ).toEqual([]);
  expect([of('CapEff'), of('CapBnd'), of('NoNewPrivs'), of('Seccomp')]).toEqual([
    ['0000000000000000'],
    ['0000000000000000'],
    ['1'],
    ['2'],
  ]);
  const mounts = await inside(['cat', `/proc/${MainPID}/mounts`]);
  const writable = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , kind, options]) => options?.startsWith('rw') && ['overlay', 'ext4', 'xfs', 'btrfs'].includes(kind!))
    .map(([, place]) => place);
  // The second is private: nobody else sees what is in it.
  expect(writable.toSorted()).toEqual(['/var/lib/private/tallyspan', '/var/tmp']);
  expect(await inside(['ls', '/var/lib/private/tallyspan'])).toContain('spans.duckdb');
});

it('what it takes away is more than what it leaves', async () => {
  const said = await inside(['systemd-analyze', 'security', '--no-pager', 'tallyspan.service']);
  expect(Number(/Overall exposure level for tallyspan.service: ([\d.]+)/.exec(said)![1])).toBeLessThan(2);
});

it('the server comes back after a crash, and ends well when it is stopped', async () => {
  const { MainPID } = await show('MainPID');
  await inside(['kill', '-KILL', MainPID!]);
  await expect.poll(async () => (await show('NRestarts'))['NRestarts'], { timeout: 20_000 }).toBe('1');
  await expect.poll(async () => (await show('ActiveState'))['ActiveState'], { timeout: 20_000 }).toBe('active');
  await ready();
  await inside(['systemctl', 'stop', 'tallyspan']);
  expect(await show('ActiveState', 'Result', 'ExecMainStatus')).toEqual({
    ActiveState: 'inactive',
    Result: 'success',
    ExecMainStatus: '0',
  });
});

/** When it has answered the same question as the image is asked for its health; its ports are those of the network in there. */
async function ready(): Promise<void> {
  const node = '/opt/tallyspan/node_modules/.bin/node';
  const question =
    "fetch('http://127.0.0.1:4318/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))";
  await vi.waitFor(() => inside([node, '-e', question]), { timeout: 60_000, interval: 500 });
}

async function show(...properties: string[]): Promise<Record<string, string>> {
  const said = await inside(['systemctl', 'show', 'tallyspan', ...properties.map((name) => `--property=${name}`)]);
  const pairs = said.split('\n').filter((line) => line !== '');
  return Object.fromEntries(pairs.map((line) => line.split('=') as [string, string]));
}

async function inside(command: string[], input = ''): Promise<string> {
  const running = promisify(execFile)('nsenter', ['--target', systemd, '--all', ...command]);
  running.child.stdin!.end(input);
  const { stdout } = await running;
  return stdout;
}
