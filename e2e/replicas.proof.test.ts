/** Two servers on one ClickHouse, as behind a load balancer: what one of them is told the other knows, and one may die at any moment. */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { nanosFromUsd, usdFromNanos } from '@tallyspan/facts';
import type { Budget, Costs, Trace, TraceList } from '@tallyspan/server';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type ClickhouseEngine, startClickhouse } from '../tools/clickhouse-engine.ts';
import { makeCrowd } from './crowd.ts';
import { type House, startHouse } from './house.ts';

/** How often one of the two is killed. */
const ROUNDS = Number(process.env['REPLICA_ROUNDS'] ?? 6);
const SENDERS = 4;
const TRACES = 20;

let engine: ClickhouseEngine;
const houses = new Set<House>();

beforeAll(async () => {
  engine = await startClickhouse();
});
afterEach(async () => {
  for (const house of houses) await house.remove();
  houses.clear();
});
afterAll(() => engine?.close());

async function start(database: string, dataDir?: string): Promise<House> {
  const url = `${engine.url.replace('http:', 'clickhouse:')}/${database}`;
  const house = await startHouse('server', dataDir, ['--clickhouse', url]);
  houses.add(house);
  return house;
}

interface Call {
  traceId: string;
  spanId: string;
  run: string;
  input: number;
}

function bodyOf(calls: readonly Call[]): string {
  const spans = calls.map(({ traceId, spanId, run, input }) => ({
    ...{ traceId, spanId, name: 'chat gpt-4o', kind: 3 },
    ...{ startTimeUnixNano: '1795262400000000000', endTimeUnixNano: '1795262400100000000' },
    attributes: Object.entries({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.agent.name': 'analyst',
      'tally.run.id': run,
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': 100,
    }).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    })),
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

async function post(house: House, path: string, body: string, key?: string): Promise<Response | undefined> {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  return fetch(house.url + path, { method: 'POST', headers, body }).catch(() => undefined);
}

it('one of them killed under load, again and again: every acknowledged span is stored once, and so is its money', async () => {
  const replicas = [await start('killed'), await start('killed')];
  const acknowledged = new Map<string, Call>();
  const sent = new Map<string, Call>();
  let sending = true;
  const sender = async () => {
    while (sending) {
      const calls = Array.from({ length: randomInt(1, 60) }, (): Call => {
        const spanId = randomBytes(8).toString('hex');
        const traceId = randomInt(1, TRACES + 1)
          .toString(16)
          .padStart(32, '7');
        return { traceId, spanId, run: `run ${randomInt(6)}`, input: randomInt(1, 2_000) };
      });
      for (const call of calls) sent.set(call.spanId, call);
      // What one does not take goes to the other; some goes to both, as when an answer got lost.
      let taken = false;
      for (let tries = 0; tries < 40 && (!taken || randomInt(4) === 0) && sending; tries++) {
        const house = replicas[(tries + randomInt(2)) % 2]!;
        if ((await post(house, '/v1/traces', bodyOf(calls)))?.status === 200) taken = true;
        else await sleep(50);
      }
      if (taken) for (const call of calls) acknowledged.set(call.spanId, call);
    }
  };
  const senders = Array.from({ length: SENDERS }, sender);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(randomInt(300, 2_500));
    const at = randomInt(2);
    const { dataDir } = replicas[at]!;
    await replicas[at]!.stop('SIGKILL');
    await sleep(randomInt(0, 800));
    replicas[at] = await start('killed', dataDir);
  }
  await sleep(1_000);
  sending = false;
  await Promise.all(senders);

  for (const { get } of replicas)
    await expect.poll(() => get('/readyz').catch(() => null), { timeout: 60_000 }).toBeTruthy();
  const calls = async (house: House) => (await house.get<Costs>('/api/v1/costs?by=agent')).total.calls;
  await expect.poll(() => calls(replicas[0]!), { timeout: 60_000 }).toBeGreaterThanOrEqual(acknowledged.size);
  const found: string[] = [];
  const { traces } = await replicas[0]!.get<TraceList>('/api/v1/traces?limit=100');
  for (const { traceId, spans: summed } of traces) {
    const { spans } = await replicas[1]!.get<Trace>(`/api/v1/traces/${traceId}`);
    expect(summed).toBe(spans.length);
    found.push(...spans.map(({ spanId }) => spanId));
  }
  expect(acknowledged.size).toBeGreaterThan(1_000);
  expect(found.length).toBe(new Set(found).size);
  const there = new Set(found);
  expect([...acknowledged.keys()].filter((spanId) => !there.has(spanId))).toEqual([]);
  expect(found.filter((spanId) => !sent.has(spanId))).toEqual([]);
  // $2.50 and $10 a million tokens.
  const nanos = found.reduce((sum, spanId) => sum + BigInt(sent.get(spanId)!.input) * 2_500n + 1_000_000n, 0n);
  for (const house of replicas) {
    const { total, rows } = await house.get<Costs>('/api/v1/costs?by=run');
    expect([total.calls, total.costUsd]).toEqual([found.length, usdFromNanos(nanos)]);
    expect(rows.map(({ key }) => key[0]).toSorted()).toEqual(['1', '2', '3', '4', '5', '6']);
  }
});

it('a key that is revoked at one of them is refused by both a second later, for reading and for sending', async () => {
  const replicas = [await start('keys'), await start('keys')];
  const make = async (scope: string, key?: string) => {
    const made = await post(replicas[0]!, '/api/v1/keys', JSON.stringify({ name: scope, scope }), key);
    expect(made?.status).toBe(201);
    return (await made!.json()) as { key: { id: string }; secret: string };
  };
  const admin = await make('admin');
  const [reader, writer] = [await make('read', admin.secret), await make('ingest', admin.secret)];
  const statuses = async () =>
    Promise.all(
      replicas.flatMap((house) => [
        fetch(`${house.url}/api/v1/traces`, { headers: { authorization: `Bearer ${reader.secret}` } }),
        post(house, '/v1/traces', '{}', writer.secret),
      ]),
    ).then((answers) => answers.map((answer) => answer?.status));
  // A key that is made at one is good at the other at once.
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  // In use all the while, so that both know it well.
  let asking = true;
  const user = (async () => {
    while (asking) await statuses().catch(() => {});
  })();
  for (const { key } of [reader, writer]) {
    const headers = { authorization: `Bearer ${admin.secret}` };
    expect((await fetch(`${replicas[0]!.url}/api/v1/keys/${key.id}`, { method: 'DELETE', headers })).ok).toBe(true);
  }
  await sleep(1_000);
  asking = false;
  await user;
  expect(await statuses()).toEqual([401, 401, 401, 401]);
});

it('a budget is shared by them: over it by no more than the manual says, and when all is stored both refuse', async () => {
  const replicas = [await start('budget'), await start('budget')];
  const people = await makeCrowd();
  try {
    const definition = {
      name: 'edge',
      scope: { agent: 'shared' },
      limits: { usd: '0.08' },
      window: 'month',
      action: 'block',
    };
    const made = await post(replicas[0]!, '/api/v1/budgets', JSON.stringify(definition));
    const { id } = (await made!.json()) as Budget;
    const at = (house: House) => house.get<Budget>(`/api/v1/budgets/${id}`);
    // Both know of it, and of each other.
    await expect.poll(() => at(replicas[1]!).catch(() => null), { timeout: 10_000 }).toBeTruthy();
    await sleep(3_000);
    const usage = { prompt_tokens: 10, completion_tokens: 15 };
    const options = { fail: 'closed', waitMs: 10_000, name: 'shared', usage, calls: 500 };
    const told = await Promise.all(replicas.map(({ url }) => people.run(url, options)));
    const calls = told.reduce((sum, { made: each }) => sum + each, 0);
    const spent = 175_000n * BigInt(calls);
    for (const each of told) expect([each.sent, each.made + each.refused]).toEqual([each.made, 500]);
    const limit = nanosFromUsd('0.08');
    // Each server gives out its part, so here nobody is over; and it is used, not only guarded.
    expect(spent).toBeLessThanOrEqual(limit + limit / 2n);
    expect(spent).toBeGreaterThan(limit / 2n);
    for (const house of replicas) {
      const state = async () => (await at(house)).now!.spent;
      await expect.poll(async () => (await state()).calls, { timeout: 20_000 }).toBe(calls);
      expect(nanosFromUsd((await state()).usd!)).toBe(spent);
    }
    // One after the other, they use up what is left, to the last call that fits.
    const more = [await people.run(replicas[0]!.url, options)];
    const stored = calls + more[0]!.made;
    await expect.poll(async () => (await at(replicas[1]!)).now!.spent.calls, { timeout: 20_000 }).toBe(stored);
    await sleep(12_000);
    more.push(await people.run(replicas[1]!.url, options));
    const all = 175_000n * BigInt(stored + more[1]!.made);
    expect(all).toBeLessThanOrEqual(limit + limit / 2n);
    if (spent <= limit) expect(all).toBeLessThanOrEqual(limit);
    expect(more[1]!.refused).toBeGreaterThan(0);
  } finally {
    await people.remove();
  }
});
