import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeRequest } from '../test/make-request.ts';
import { endAll, runCli, startCli, type StartedCli } from '../test/run-cli.ts';

// Each command is a process of its own, on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let dir: string;
let server: StartedCli;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tallyspan-'));
  server = await startCli(join(dir, 'data'));
});
afterAll(async () => {
  endAll();
  await rm(dir, { recursive: true, force: true });
});

const tallyspan = async (...args: string[]) => runCli(args, { env: { TALLYSPAN_URL: server.url } });

it('prices are set and applied, spans deleted with proof, and a stopped server is backed up and restored', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = makeRequest([{}, {}, { traceId: 'ab'.repeat(16) }]);
  expect((await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body })).status).toBe(200);
  const costs = async (url: string) =>
    (await (await fetch(`${url}/api/v1/costs?by=agent`)).json()) as { total: { calls: number; costUsd: string } };
  await vi.waitUntil(async () => (await costs(server.url)).total.calls === 3, { timeout: 15_000 });

  const rates = ['--rate', 'input=1', 'output=2'];
  const set = await tallyspan('prices', 'set', 'contract', 'gpt-4o*', '--from', '2025-01-01', ...rates);
  expect([set.stdout, set.stderr]).toEqual([expect.stringMatching(/^contract .*gpt-4o\* .*input=1 output=2\n$/), '']);
  const would = await tallyspan('prices', 'reprice');
  expect(would.stdout).toContain('Of 3 spans 3 would change; --apply changes them: $0.0105 → $0.0036.');
  expect((await tallyspan('prices', 'reprice', '--apply')).stdout).toContain('were changed: $0.0105 → $0.0036.');
  expect((await costs(server.url)).total.costUsd).toBe('0.0036');
  const deleted = await tallyspan('data', 'delete', '--trace', 'ab'.repeat(16));
  expect(deleted.stdout).toMatch(
    /1 spans of 1 traces were found, 1 deleted; a count at .* found 0\.\nThe ingest log holds none/,
  );
  await server.end('SIGTERM');

  const file = join(dir, 'all.tar');
  const saved = await tallyspan('backup', '--data-dir', join(dir, 'data'), '--out', file);
  expect([saved.stdout, saved.code]).toEqual([`${file}\n`, 0]);
  expect((await tallyspan('backup', '--data-dir', join(dir, 'data'), '--out', file)).stderr).toContain(
    'It is there already',
  );
  const restored = await tallyspan('restore', file, '--data-dir', join(dir, 'again'));
  expect(restored.stdout).toMatch(/: 2 spans in 2 traces, 2 calls for \$0\.0024\.\n$/);
  expect((await tallyspan('restore', file, '--data-dir', join(dir, 'again'))).stderr).toContain('is not overwritten');
});
