/** More than a server can take, from many senders that do not listen: what is refused is told so, what is taken is kept, and others are served. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Costs } from '@tallyspan/server';
import { afterEach, expect, it } from 'vitest';
import { type House, startHouse } from './house.ts';
import { bodyOfCalls, bodyWith, limitMemory, type Outcome, percentile, sendBody, usageOf } from './load.ts';

/** How long each load lasts. RELIABILITY of the project asks for ten minutes; these are enough to fill all that can fill. */
const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 20);
/** Traces of a thousand spans, for questions that read them all. */
const TRACES = Number(process.env['QUESTION_TRACES'] ?? 20);
const MiB = 1024 ** 2;

let house: House | undefined;
afterEach(async () => {
  await house?.remove();
  house = undefined;
});

const countOf = (outcomes: readonly Outcome[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const total = async (at: House, key?: string) => {
  const headers = { ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  return ((await (await fetch(`${at.url}/api/v1/costs`, { headers })).json()) as Costs).total;
};

it('a flood of senders that ignore Retry-After: nothing acknowledged is lost or doubled, memory stays bounded, each refusal says when', async () => {
  const server = (house = await startHouse('server'));
  const lift = await limitMemory(server.pid, 1536 * MiB);
  const calls = 500;
  const body = bodyOfCalls(calls, { 'custom.text': 'x'.repeat(1_000) });
  const outcomes: Outcome[] = [];
  let next = 1;
  const until = Date.now() + SECONDS * 1_000;
  const sender = async () => {
    while (Date.now() < until) outcomes.push(await sendBody(server.url, bodyWith(body, next++)));
  };
  await Promise.all(Array.from({ length: 64 }, sender));
  const counts = countOf(outcomes);
  const { rssMiBMax } = await usageOf(server.pid);
  const taken = outcomes.filter(({ status }) => status === 200);
  console.info(
    `flood: ${JSON.stringify(counts)}, ${Math.round((taken.length * calls) / SECONDS)} calls/s taken, p99 ${Math.round(
      percentile(
        taken.map(({ ms }) => ms),
        99,
      ),
    )} ms, at most ${Math.round(rssMiBMax)} MiB${lift ? ' of 1,536' : ''}`,
  );
  expect(Object.keys(counts).filter((status) => !['200', '503'].includes(status))).toEqual([]);
  for (const { status, retryAfter } of outcomes)
    if (status !== 200) expect(retryAfter >= 1 && retryAfter <= 30).toBe(true);
  const expected = taken.length * calls;
  await expect.poll(async () => (await total(server)).calls, { timeout: 240_000, interval: 500 }).toBe(expected);
  // $0.0035 a call.
  expect((await total(server)).costUsd).toBe(String(Number((expected * 0.0035).toFixed(4))));
  expect((await sendBody(server.url, bodyWith(body, next))).status).toBe(200);
  await lift?.();
});

it('a tenant at a hundred times its quota is 429 beyond it, and nine others inside theirs are never refused', async () => {
  const server = (house = await startHouse('server'));
  const make = async (wanted: object, key?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    };
    const made = await fetch(`${server.url}/api/v1/keys`, { method: 'POST', headers, body: JSON.stringify(wanted) });
    expect(made.status).toBe(201);
    return ((await made.json()) as { secret: string }).secret;
  };
  const admin = await make({ name: 'admin', scope: 'admin' });
  const tenants = ['a', ...'bcdefghij'];
  const keys = new Map<string, string>();
  for (const tenant of tenants) keys.set(tenant, await make({ name: tenant, scope: 'ingest', tenant }, admin));
  const perSecond = 500;
  for (const tenant of tenants) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin}` };
    const body = JSON.stringify({ spansPerSecond: perSecond });
    const set = await fetch(`${server.url}/api/v1/quotas/${tenant}`, { method: 'PUT', headers, body });
    expect(set.status).toBe(200);
  }
  const body = bodyOfCalls(100);
  let next = 1;
  const outcomes = new Map<string, Outcome[]>(tenants.map((tenant) => [tenant, []]));
  const run = async (senders: { tenant: string; pauseMs: number }[], seconds: number) => {
    const until = Date.now() + seconds * 1_000;
    await Promise.all(
      senders.map(async ({ tenant, pauseMs }) => {
        while (Date.now() < until) {
          outcomes.get(tenant)!.push(await sendBody(server.url, bodyWith(body, next++), keys.get(tenant)));
          await sleep(pauseMs);
        }
      }),
    );
  };
  // 100 calls every 300 ms are two thirds of a quota.
  const modest = [...'bcdefghij'].map((tenant) => ({ tenant, pauseMs: 300 }));
  await run(modest, 5);
  const solo = percentile(
    [...outcomes.values()].flat().map(({ ms }) => ms),
    99,
  );
  for (const each of outcomes.values()) each.length = 0;
  await run([...modest, ...Array.from({ length: 40 }, () => ({ tenant: 'a', pauseMs: 0 }))], SECONDS);
  const others = modest.flatMap(({ tenant }) => outcomes.get(tenant)!);
  const greedy = outcomes.get('a')!;
  const p99 = percentile(
    others.map(({ ms }) => ms),
    99,
  );
  console.info(
    `fairness: the greedy one ${JSON.stringify(countOf(greedy))}, the others ${JSON.stringify(countOf(others))}, p99 ${Math.round(p99)} ms (alone ${Math.round(solo)})`,
  );
  expect(countOf(others)).toEqual({ 200: others.length });
  expect(Object.keys(countOf(greedy))).toEqual(['200', '429']);
  const taken = greedy.filter(({ status }) => status === 200).length * 100;
  // Ten seconds of it may come at once.
  expect(taken).toBeLessThanOrEqual(perSecond * (SECONDS + 10) + 40 * 100);
  expect(greedy.length * 100).toBeGreaterThan(20 * perSecond);
  const calls = taken + others.length * 100;
  await expect.poll(async () => (await total(server, admin)).calls, { timeout: 60_000 }).toBeGreaterThanOrEqual(calls);
});

it('fifty heavy questions at once do not stop ingest, and each gets an answer that is no bug', async () => {
  const server = (house = await startHouse('server'));
  const body = bodyOfCalls(1_000, { 'custom.text': 'needle in a haystack '.repeat(30) });
  for (let trace = 1; trace <= TRACES; trace++)
    expect((await sendBody(server.url, bodyWith(body, trace))).status).toBe(200);
  await expect.poll(async () => (await total(server)).calls, { timeout: 120_000, interval: 500 }).toBe(TRACES * 1_000);
  const questions = [
    '/api/v1/costs?by=tenant,agent,run,role,provider,model,operation,user,session',
    '/api/v1/traces?q=%22needle%20in%22&limit=500',
    '/api/v1/traces?q=attr.custom.text:*haystack*&limit=500',
    '/api/v1/export?format=jsonl',
    '/api/v1/facets?field=attr.custom.text',
  ];
  const sent: Outcome[] = [];
  let asking = true;
  let trace = 1_000;
  const few = bodyOfCalls(10);
  const ingest = (async () => {
    while (asking) {
      sent.push(await sendBody(server.url, bodyWith(few, trace++)));
      await sleep(100);
    }
  })();
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const response = await fetch(server.url + questions[index % questions.length]!);
      await response.arrayBuffer().catch(() => {});
      return response.status;
    }),
  );
  asking = false;
  await ingest;
  const { rssMiBMax } = await usageOf(server.pid);
  console.info(
    `questions: ${JSON.stringify(countOf(statuses.map((status) => ({ status, retryAfter: NaN, ms: 0 }))))}, ingest ${JSON.stringify(countOf(sent))}, p99 ${Math.round(
      percentile(
        sent.map(({ ms }) => ms),
        99,
      ),
    )} ms, at most ${Math.round(rssMiBMax)} MiB`,
  );
  expect(statuses.filter((status) => status >= 500 && status !== 503 && status !== 504)).toEqual([]);
  expect(countOf(sent)).toEqual({ 200: sent.length });
});

it('distinct names without end: own metrics stay bounded, sums are exact, and what was there before is found as before', async () => {
  const server = (house = await startHouse('server'));
  const names = Number(process.env['CARDINALITY'] ?? 100_000);
  const first = bodyOfCalls(100, { 'gen_ai.agent.name': 'the old one' });
  expect((await sendBody(server.url, bodyWith(first, 1))).status).toBe(200);
  const at = String(BigInt(Date.now()) * 1_000_000n);
  const bodyFrom = (from: number) =>
    JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: Array.from({ length: 1_000 }, (_, index) => {
                const name = from + index;
                const attributes = {
                  'gen_ai.operation.name': 'chat',
                  'gen_ai.provider.name': `provider ${name}`,
                  'gen_ai.response.model': `model ${name}`,
                  'gen_ai.agent.name': `agent ${name}`,
                  'gen_ai.tool.name': `tool ${name}`,
                  'tally.tenant': `tenant ${name}`,
                  'user.id': `user ${name}`,
                  'error.type': `error ${name}`,
                  [`key.${name}`]: 'x',
                };
                return {
                  traceId: (1_000_000 + name).toString(16).padStart(32, '0'),
                  spanId: (1 + name).toString(16).padStart(16, '0'),
                  ...{ name: `span ${name}`, kind: 3, startTimeUnixNano: at, endTimeUnixNano: at },
                  attributes: Object.entries(attributes).map(([key, value]) => ({
                    key,
                    value: { stringValue: value },
                  })),
                };
              }),
            },
          ],
        },
      ],
    });
  const series = async () => {
    const lines = (await (await fetch(`${server.url}/metrics`)).text()).split('\n');
    const perName = new Map<string, number>();
    for (const line of lines) {
      const name = /^(\w+)/.exec(line)?.[1];
      if (name !== undefined && !name.endsWith('_bucket')) perName.set(name, (perName.get(name) ?? 0) + 1);
    }
    return Math.max(...perName.values());
  };
  const usage: number[] = [];
  for (let from = 0; from < names; from += 1_000) {
    const { status } = await sendBody(server.url, Buffer.from(bodyFrom(from)));
    expect(status).toBe(200);
    if (from % (names / 4) === 0) usage.push(Math.round((await usageOf(server.pid)).rssMiB));
  }
  await expect.poll(async () => (await total(server)).calls, { timeout: 240_000, interval: 500 }).toBe(names + 100);
  usage.push(Math.round((await usageOf(server.pid)).rssMiB));
  const most = await series();
  console.info(`names: ${names} of each, at most ${most} series of one metric, memory ${usage.join(', ')} MiB`);
  expect(most).toBeLessThanOrEqual(2_001);
  const old = (await (await fetch(`${server.url}/api/v1/costs?by=agent&agent=the+old+one`)).json()) as Costs;
  expect(old.total).toMatchObject({ calls: 100, costUsd: '0.35' });
  const { truncated, rows } = (await (await fetch(`${server.url}/api/v1/costs?by=agent`)).json()) as Costs & {
    truncated: boolean;
  };
  expect([rows.length <= 10_000, truncated]).toEqual([true, true]);
});
