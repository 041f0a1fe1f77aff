/** `tallyspan migrate`, killed at random moments and given again, with a real server before and after it. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClickhouseEngine, startClickhouse } from '../tools/clickhouse-engine.ts';
import { eventually } from '../packages/cli/test/eventually.ts';
import { makeRequest } from '../packages/cli/test/make-request.ts';
import { endAll, runCli, spawnCli, startCli } from '../packages/cli/test/run-cli.ts';

/** Batches of a copy have 20,000; with fewer it would be over before it is killed. */
const TRACES = Number(process.env['MIGRATE_TRACES'] ?? 6_000);
const SPANS_PER_TRACE = 10;
const KILLS = Number(process.env['MIGRATE_KILLS'] ?? 6);

let engine: ClickhouseEngine;
let folder: string;
beforeAll(async () => {
  engine = await startClickhouse();
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
});
afterAll(async () => {
  endAll();
  await engine?.close();
  await rm(folder, { recursive: true, force: true });
});

it('a data folder is moved to ClickHouse, killed in the middle as often as it likes: spans, dollars, runs, keys and budgets are the same', async () => {
  const data = join(folder, 'data');
  const clickhouse = `${engine.url.replace('http:', 'clickhouse:')}/moved`;
  const before = await startCli(data);
  const headers = { 'content-type': 'application/json' };
  for (let trace = 0; trace < TRACES; trace += 100) {
    const calls = Array.from({ length: 100 * SPANS_PER_TRACE }, (_, index) => ({
      traceId: (1 + trace + Math.floor(index / SPANS_PER_TRACE)).toString(16).padStart(32, 'a'),
      spanId: (1 + trace * SPANS_PER_TRACE + index).toString(16).padStart(16, '0'),
      agent: `agent ${trace % 3}`,
      run: `run ${(trace * 7) % 1_100}`,
      input: 1_000 + index,
    }));
    const sent = await fetch(`${before.url}/v1/traces`, { method: 'POST', headers, body: makeRequest(calls) });
    expect(sent.status).toBe(200);
  }
  const put = async (path: string, body: object) =>
    expect((await fetch(before.url + path, { method: 'PUT', headers, body: JSON.stringify(body) })).ok).toBe(true);
  await put('/api/v1/budgets/monthly', { name: 'monthly', window: 'month', limits: { usd: '12.50' } });
  await put('/api/v1/quotas/acme', { spansPerSecond: 1_000 });
  const questions = [
    '/api/v1/costs?by=agent,run,role,model',
    '/api/v1/traces?limit=50',
    `/api/v1/traces/${'1'.padStart(32, 'a')}`,
    '/api/v1/quotas',
  ];
  const answersOf = async (url: string, key = '') => {
    const answers: unknown[] = [];
    for (const question of questions)
      answers.push(await (await fetch(url + question, { headers: { authorization: `Bearer ${key}` } })).json());
    return answers;
  };
  await eventually(async () => {
    const { total } = (await (await fetch(`${before.url}/api/v1/costs`)).json()) as { total: { calls: number } };
    return total.calls === TRACES * SPANS_PER_TRACE || undefined;
  });
  const made = await fetch(`${before.url}/api/v1/keys`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify({ name: 'ours', scope: 'admin' }),
  });
  const { secret } = (await made.json()) as { secret: string };
  expect(secret).toMatch(/^tally_admin_/);
  // And some that the log still has when it is killed.
  const authorization = `Bearer ${secret}`;
  const rest = makeRequest(Array.from({ length: 50 }, () => ({ agent: 'agent 1', traceId: 'ab'.repeat(16) })));
  const late = await fetch(`${before.url}/v1/traces`, {
    method: 'POST',
    headers: { ...headers, authorization },
    body: rest,
  });
  expect(late.status).toBe(200);
  await before.end('SIGKILL');

  const options = ['--clickhouse', clickhouse, '--data-dir', data];
  const plan = await runCli(['migrate', '--dry-run', '--json', ...options]);
  expect([plan.code, plan.stderr]).toEqual([0, '']);
  expect(JSON.parse(plan.stdout)).toMatchObject({ dryRun: true, there: 0 });

  let killed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawnCli(['migrate', ...options]);
    const closed = once(child, 'close');
    await Promise.race([closed, sleep(randomInt(800, 6_000))]);
    if (child.exitCode === null) killed += 1;
    child.kill('SIGKILL');
    await closed;
  }
  const moved = await runCli(['migrate', ...options]);
  const still = await startCli(data);
  const expected = await answersOf(still.url, secret);
  await still.end('SIGTERM');
  expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining('Both sides are the same')]);
  const again = await runCli(['migrate', '--json', ...options]);
  const report = JSON.parse(again.stdout) as { isSame: boolean; spans: { sent: number; spans: number } };
  expect(report).toMatchObject({ isSame: true, spans: { sent: 0, spans: TRACES * SPANS_PER_TRACE + 50 } });
  expect(killed).toBeGreaterThan(0);

  const after = await startCli(data, ['--clickhouse', clickhouse]);
  expect((await fetch(`${after.url}/api/v1/traces`)).status).toBe(401);
  expect(await answersOf(after.url, secret)).toEqual(expected);
  const budget = await fetch(`${after.url}/api/v1/budgets/monthly`, { headers: { authorization } });
  expect(await budget.json()).toMatchObject({ name: 'monthly', limits: { usd: '12.5' } });
  // And it goes on: a new run of an agent gets the next number.
  const body = makeRequest([{ agent: 'agent 0', run: 'a new one', traceId: 'bc'.repeat(16) }]);
  const sent = await fetch(`${after.url}/v1/traces`, { method: 'POST', headers: { ...headers, authorization }, body });
  expect(sent.status).toBe(200);
  const summary = await eventually(async () => {
    const answer = await fetch(`${after.url}/api/v1/traces/${'bc'.repeat(16)}`, { headers: { authorization } });
    return answer.ok ? ((await answer.json()) as { summary: { runNumber: number } }).summary : undefined;
  });
  const runs = (expected[0] as { rows: { key: string[] }[] }).rows.filter(({ key }) => key[0] === 'agent 0');
  expect(summary.runNumber).toBe(1 + Math.max(...runs.map(({ key }) => Number(key[1]))));
  await after.end('SIGTERM');
}, 600_000);
