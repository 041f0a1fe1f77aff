import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endAll, runCli, type StartedCli, startCli } from '../test/run-cli.ts';

let dataDir: string;
let server: StartedCli;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tallyspan-cli-budgets-'));
  server = await startCli(dataDir);
});
afterAll(async () => {
  await server.end('SIGTERM');
  endAll();
  await rm(dataDir, { recursive: true, force: true });
});

const budgets = (...args: string[]) => runCli(['budgets', ...args, '--url', server.url]);

it('budgets are made, listed and deleted from the terminal', async () => {
  const made = await budgets('set', 'daily', '--window', 'day', '--calls', '100', '--agent', 'crew', '--block');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await budgets('list');
  expect(stdout.replace(/ {2,}/g, ' | ')).toMatch(
    /^daily \| daily \| agent crew \| day \| 0 calls \| 100 calls \| 0 \|.* block$/m,
  );
  expect((await budgets('delete', 'daily')).stdout).toBe('The budget daily is deleted.\n');
  const gone = await budgets('delete', 'daily');
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('no budget daily')]);
}, 60_000);
