/** kill -9 in the middle of what changes stored data: a deletion, a re-pricing, a retention. Nothing is left half done, on either store. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { usdFromNanos } from '@tallyspan/facts';
import type { Costs, DataJob, DataJobList, TraceList } from '@tallyspan/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickhouseEngine, startClickhouse } from '../tools/clickhouse-engine.ts';
import { type House, startHouse, storeIn } from './house.ts';

/** How often the server is killed while each of them runs, and how many calls there are for it. */
const KILLS = Number(process.env['JOB_KILLS'] ?? 3);
const CALLS = Number(process.env['JOB_CALLS'] ?? 6_000);
const DAY_MS = 86_400_000;

interface Call {
  tenant: string;
  user: string;
  traceId: string;
  startMs: number;
  input: number;
  /** Nano-dollars. */
  cost: bigint;
}

const now = Date.now();
const tenants = ['acme', 'beta', 'gamma'];
const users = ['bob', 'eve', 'carl', 'dora'];

/** Users and traces belong to several tenants, and every tenant has a day that is past. */
function callsOf(): Call[] {
  return Array.from({ length: CALLS }, (_, index) => {
    const input = 1 + ((index * 7_919) % 3_000);
    return {
      ...{ tenant: tenants[index % 3]!, user: users[index % 4]!, input, cost: BigInt(input) * 2_500n + 1_000_000n },
      traceId: (1 + (index % 300)).toString(16).padStart(32, 'd'),
      startMs: now - 60_000 + (index % 1_000) - (index % 5 === 0 ? 9 * DAY_MS : 0),
    };
  });
}

function bodyOf(calls: readonly Call[], from: number): string {
  const spans = calls.map(({ tenant, user, traceId, startMs, input }, index) => ({
    ...{ traceId, spanId: (1 + from + index).toString(16).padStart(16, '0'), name: 'chat gpt-4o', kind: 3 },
    ...{ startTimeUnixNano: `${startMs}000000`, endTimeUnixNano: `${startMs + 100}000000` },
    attributes: Object.entries({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': 100,
      'tally.tenant': tenant,
      'user.id': user,
    }).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    })),
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

const headers = { 'content-type': 'application/json' };
/** The answer, or nothing when the server died before it. */
const ask = async (house: House, method: string, path: string, body: object) =>
  fetch(house.url + path, { method, headers, body: JSON.stringify(body) }).catch(() => undefined);

describe.each(['DuckDB', 'ClickHouse'])('on %s, killed while it', (where) => {
  let engine: ClickhouseEngine | undefined;
  let house: House;
  let calls = callsOf();

  beforeAll(async () => {
    if (where === 'ClickHouse') storeIn((engine = await startClickhouse()));
    house = await startHouse('server');
    for (let from = 0; from < CALLS; from += 500) {
      const body = bodyOf(calls.slice(from, from + 500), from);
      const { status } = await fetch(`${house.url}/v1/traces`, { method: 'POST', headers, body });
      if (status !== 200) throw new Error(`sending was answered with ${status}`);
    }
  });
  afterAll(async () => {
    await house?.remove();
    storeIn(undefined);
    await engine?.close();
  });

  /** By tenant and user: calls and exact dollars, and the list of traces agrees. */
  async function expectSame(): Promise<void> {
    const expected = new Map<string, { calls: number; cost: bigint }>();
    for (const { tenant, user, cost } of calls) {
      const sum = expected.get(`${tenant} ${user}`) ?? { calls: 0, cost: 0n };
      expected.set(`${tenant} ${user}`, { calls: sum.calls + 1, cost: sum.cost + cost });
    }
    const lines = [...expected].map(([key, sum]) => `${key}: ${sum.calls} ${usdFromNanos(sum.cost)}`).toSorted();
    const look = async () => {
      const { rows } = await house.get<Costs>('/api/v1/costs?by=tenant,user');
      return rows.map(({ key, calls: count, costUsd }) => `${key.join(' ')}: ${count} ${costUsd}`).toSorted();
    };
    await expect.poll(look, { timeout: 60_000, interval: 200 }).toEqual(lines);
    const byTrace = new Map<string, Call[]>();
    for (const call of calls) byTrace.set(call.traceId, [...(byTrace.get(call.traceId) ?? []), call]);
    const summaries = [...byTrace].map(
      ([traceId, own]) => `${traceId}: ${own.length} ${usdFromNanos(own.reduce((sum, { cost }) => sum + cost, 0n))}`,
    );
    const list = async () => {
      const { traces } = await house.get<TraceList>('/api/v1/traces?limit=500');
      return traces.map(({ traceId, calls: count, costUsd }) => `${traceId}: ${count} ${costUsd}`).toSorted();
    };
    await expect.poll(list, { timeout: 30_000, interval: 200 }).toEqual(summaries.toSorted());
  }

  async function killAndStart(): Promise<void> {
    await sleep(randomInt(0, 700));
    await house.stop('SIGKILL');
    house = await startHouse('server', house.dataDir);
  }

  /** Asks for it, kills the server as often as it should be, and answers the job when it is done. */
  async function survive(path: string, body: object): Promise<DataJob> {
    const jobs = async () => (await house.get<DataJobList>('/api/v1/data/jobs')).jobs;
    const before = new Set((await jobs()).map(({ id }) => id));
    let job: DataJob | undefined;
    for (let kill = 0; kill < KILLS || job === undefined; kill++) {
      // Where it was killed before it was written down, nobody was told that it would be done.
      if (job === undefined) void ask(house, 'POST', path, body);
      await killAndStart();
      job ??= (await jobs()).find(({ id }) => !before.has(id));
    }
    const look = async () => (job = (await jobs()).find(({ id }) => id === job!.id))?.state;
    await expect.poll(look, { timeout: 90_000, interval: 200 }).toBe('done');
    expect(job).toMatchObject({ error: null, step: 'done' });
    return job;
  }

  it('is at rest, the sums are those of what was sent', () => expectSame());

  it.each([
    ['a user', { user: 'bob' }, ({ user }: Call) => user === 'bob'],
    ['a trace', { traceId: '7'.padStart(32, 'd') }, ({ traceId }: Call) => traceId === '7'.padStart(32, 'd')],
    ['a tenant', { tenant: 'beta' }, ({ tenant }: Call) => tenant === 'beta'],
  ])('deletes %s: all of it is gone and proven, the rest is untouched', async (_, whom, isMeant) => {
    const meant = calls.filter(isMeant).length;
    const { deleted } = await survive('/api/v1/data/delete', whom);
    expect(deleted).toMatchObject({ spans: meant, deleted: meant, left: 0, logHolds: false, diskHolds: false });
    calls = calls.filter((call) => !isMeant(call));
    await expectSame();
  });

  it('prices calls anew: each has its new price, and the report says exactly what changed', async () => {
    const price = { model: 'gpt-4o*', rates: { input: 1, output: 2 }, from: '2020-01-01' };
    expect((await ask(house, 'POST', '/api/v1/prices', price))?.status).toBe(201);
    const before = calls.reduce((sum, { cost }) => sum + cost, 0n);
    calls = calls.map((call) => ({ ...call, cost: BigInt(call.input) * 1_000n + 200_000n }));
    const after = calls.reduce((sum, { cost }) => sum + cost, 0n);
    const { repriced } = await survive('/api/v1/prices/reprice', { dryRun: false });
    expect(repriced).toMatchObject({
      ...{ spans: calls.length, changed: calls.length },
      ...{ oldUsd: usdFromNanos(before), newUsd: usdFromNanos(after) },
    });
    await expectSame();
  });

  it('deletes what is past its retention: whole days, and what is kept is untouched', async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      void ask(house, 'PUT', '/api/v1/data/retention/acme', { days: 3 });
      void ask(house, 'PUT', '/api/v1/data/retention/gamma', { days: 3 });
      await killAndStart();
    }
    for (const tenant of ['acme', 'gamma'])
      expect((await ask(house, 'PUT', `/api/v1/data/retention/${tenant}`, { days: 3 }))?.status).toBe(200);
    calls = calls.filter(({ startMs }) => startMs > now - 3 * DAY_MS);
    await expectSame();
  });
});
