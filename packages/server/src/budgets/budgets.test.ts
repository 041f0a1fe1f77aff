/** Budgets through the front door: spans in over OTLP, figures and decisions out of the API. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import { Budget, BudgetDecision, BudgetLeases, BudgetList } from '../api.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());
beforeEach(async () => {
  for (const { id } of (await list()).budgets) await change('DELETE', `/budgets/${id}`);
});

async function change(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
const list = async () => BudgetList.parse(await server.get('/api/v1/budgets'));
const make = async (budget: object): Promise<Budget> => {
  const { status, body } = await change('POST', '/budgets', { name: 'b', window: 'day', ...budget });
  expect(status, JSON.stringify(body)).toBe(201);
  return Budget.parse(body);
};
const now = async (id: string) => Budget.parse(await server.get(`/api/v1/budgets/${id}`)).now!;
const decide = async (query: Record<string, string>) =>
  BudgetDecision.parse(await server.get(`/api/v1/budgets/decision?${new URLSearchParams(query)}`));

/** A call of gpt-4o now: $0.0035 each. */
function call(which: Parameters<typeof makeCall>[0], attributes: Record<string, string> = {}) {
  const start = BigInt(Date.now()) * 1_000_000n;
  return makeCall({ input: 1_000, output: 100, ...which }, { start, end: start + 1_000_000n, attributes });
}
async function post(...spans: ReturnType<typeof call>[]): Promise<void> {
  const { status } = await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans(spans, 'protobuf') });
  expect(status).toBe(200);
}
const stored = (id: string, calls: number) =>
  eventually(async () => ((await now(id)).spent.calls === calls ? calls : undefined), `${calls} calls in the budget`);

describe('what a budget counts', () => {
  it('is what was stored before it was made and what comes after, each span once, to the nano-dollar', async () => {
    const first = call({ agent: 'counted' });
    await post(first);
    await eventually(async () => {
      const { total } = await server.get<{ total: { calls: number } }>('/api/v1/costs?by=agent&agent=counted');
      return total.calls === 1 || undefined;
    });
    const { id, now: at } = await make({ scope: { agent: 'counted' }, limits: { usd: 0.01, tokens: 5_000, calls: 4 } });
    expect(at).toMatchObject({ spent: { usd: '0.0035', tokens: 1_100, calls: 1 }, left: { calls: 3 }, state: 'ok' });
    const second = call({ agent: 'counted', role: 'other' });
    await post(first, second, call({ agent: 'another' }));
    await post(second);
    await stored(id, 2);
    const told = await now(id);
    expect(told).toMatchObject({
      spent: { usd: '0.007', tokens: 2_200, calls: 2 },
      left: { usd: '0.003', tokens: 2_800, calls: 2 },
      percent: 70,
      state: 'warning',
    });
    const { total } = await server.get<{ total: { costUsd: string } }>('/api/v1/costs?by=agent&agent=counted');
    expect(total.costUsd).toBe(told.spent.usd);
  });

  it('follows its scope: tenant, agent, role, provider, user, and the model that was asked for or that answered', async () => {
    const scopes = [
      { tenant: 'acme' },
      { role: 'scoped' },
      { tenant: 'acme', role: 'scoped' },
      { user: 'u1' },
      { model: 'gpt-4o', role: 'scoped' },
      { model: 'gpt-4o-2024-08-06', role: 'scoped' },
      { model: 'o3', role: 'scoped' },
      { provider: 'openai', role: 'scoped' },
      { provider: 'anthropic', role: 'scoped' },
    ];
    const made: Budget[] = [];
    for (const scope of scopes) made.push(await make({ scope, limits: { calls: 100 } }));
    await post(
      call({ tenant: 'acme', role: 'scoped' }),
      call({ tenant: 'acme', role: 'else' }, { 'user.id': 'u1' }),
      call({ role: 'scoped' }),
    );
    await stored(made[0]!.id, 2);
    const counts = () => Promise.all(made.map(async ({ id }) => (await now(id)).spent.calls));
    const expected = [2, 2, 1, 1, 2, 2, 0, 2, 0];
    expect(await counts()).toEqual(expected);
    // Summed from the store, the same.
    const again: Budget[] = [];
    for (const scope of scopes) again.push(await make({ scope, limits: { calls: 100 } }));
    expect(again.map((budget) => budget.now!.spent.calls)).toEqual(expected);
  });

  it('is forgotten neither by a restart nor by a change of the limit', async () => {
    const { id, version } = await make({ scope: { agent: 'kept' }, limits: { calls: 2 } });
    await post(call({ agent: 'kept' }));
    await stored(id, 1);
    const { dataDir } = server;
    await server.close();
    server = await startTestServer({ dataDir });
    expect((await now(id)).spent.calls).toBe(1);
    const wider = { name: 'wider', scope: { agent: 'kept' }, window: 'day', limits: { calls: 10 } };
    expect((await change('PUT', `/budgets/${id}`, { ...wider, version: version + 1 })).status).toBe(409);
    expect((await change('PUT', `/budgets/${id}`, { ...wider, version })).body).toMatchObject({
      name: 'wider',
      version: version + 1,
      now: { spent: { calls: 1 }, left: { calls: 9 }, percent: 10 },
    });
  });
});

describe('a decision', () => {
  it('names the budget that refuses, what is left and when to ask again; an alert never refuses', async () => {
    await make({ name: 'told only', scope: { agent: 'asked' }, limits: { calls: 0 } });
    const free = await decide({ agent: 'asked', estimateUsd: '5' });
    expect(free).toMatchObject({ allowed: true, budget: null });
    const { id } = await make({ name: 'daily', scope: { agent: 'asked' }, limits: { usd: '1' }, action: 'block' });
    expect(await decide({ agent: 'asked', estimateUsd: '1' })).toMatchObject({
      allowed: true,
      budget: { id, name: 'daily', window: 'day' },
      left: { usd: '1', tokens: null },
    });
    const refused = await decide({ agent: 'asked', model: 'gpt-4o', estimateUsd: '1.000000001' });
    expect(refused).toMatchObject({ allowed: false, budget: { id }, unit: 'usd', spent: { usd: '0' } });
    expect(Date.parse(refused.retryAt!)).toBeGreaterThan(Date.now());
    expect(await decide({ agent: 'not asked', estimateUsd: '2' })).toMatchObject({ allowed: true, budget: null });
  });

  it('for an asker holds the estimate until the call has ended', async () => {
    await make({ scope: { agent: 'gateway' }, limits: { usd: '1' }, action: 'block' });
    const ask = () => decide({ agent: 'gateway', estimateUsd: '0.4', asker: 'gw' });
    expect([(await ask()).allowed, (await ask()).allowed, (await ask()).allowed]).toEqual([true, true, false]);
    const ended = {
      asker: 'gw',
      scope: { agent: 'gateway' },
      held: { usd: '0.4', calls: 1 },
      used: { usd: '0.1', calls: 1 },
    };
    expect((await change('POST', '/budgets/decision/settle', ended)).status).toBe(204);
    expect([(await ask()).allowed, (await ask()).allowed]).toEqual([true, false]);
  });

  it('for a run counts that run alone, also one that began before anybody asked', async () => {
    await post(call({ agent: 'runner', run: 'r1' }), call({ agent: 'runner', run: 'r2' }));
    await eventually(async () => {
      const { total } = await server.get<{ total: { calls: number } }>('/api/v1/costs?by=agent&agent=runner');
      return total.calls === 2 || undefined;
    });
    const { id } = await make({ scope: { agent: 'runner' }, window: 'run', limits: { calls: 2 }, action: 'block' });
    const ask = async (run: string) => (await decide({ agent: 'runner', run })).allowed;
    expect([await ask('r1'), await ask('r3')]).toEqual([true, true]);
    await post(call({ agent: 'runner', run: 'r1' }));
    await stored(id, 2);
    expect([await ask('r1'), await ask('r2'), await ask('r3')]).toEqual([false, true, true]);
    expect(await now(id)).toMatchObject({ run: 'r1', state: 'used_up', from: null });
  });

  it('gives an asker a part of what is left, and takes it back when its spans have told what was used', async () => {
    const { id } = await make({ scope: { agent: 'leased' }, limits: { usd: '0.1' }, action: 'block' });
    const zero = { usd: '0', tokens: 0, calls: 0 };
    const lease = async (leases: object[], usd: string) =>
      BudgetLeases.parse(
        (
          await change('POST', '/budgets/leases', {
            asker: 'sdk',
            traced: true,
            scope: { agent: 'leased' },
            need: { usd },
            leases,
          })
        ).body,
      ).leases[0]!;
    const first = await lease([], '0.04');
    expect(Number(first.quota.usd)).toBeGreaterThanOrEqual(0.04);
    expect((await decide({ agent: 'leased', estimateUsd: '0.06' })).allowed).toBe(false);
    const { account, serial, quota } = first;
    const used = { usd: '0.0035', tokens: 1_100, calls: 1 };
    const given = { ...quota, usd: '0.0035' };
    await lease([{ account, serial, quota: given, used, open: zero }], '0');
    await post(call({ agent: 'leased' }, { 'tally.budget.asker': 'sdk' }));
    await stored(id, 1);
    const state = await now(id);
    expect(state.spent.usd).toBe('0.0035');
    // Nothing of it is pending any more but the share for the next calls.
    expect(Number(state.pending.usd)).toBeLessThanOrEqual(0.005);
  });
});

it('what is no budget is refused in words', async () => {
  for (const bad of [
    { name: '', limits: { usd: 1 }, window: 'day' },
    { name: 'b', limits: {}, window: 'day' },
    { name: 'b', limits: { usd: 'much' }, window: 'day' },
    { name: 'b', limits: { usd: -1 }, window: 'day' },
    { name: 'b', limits: { usd: 1 }, window: 'week' },
    { name: 'b', limits: { usd: 1 }, window: 'day', scope: { nobody: 'x' } },
  ])
    expect(await change('POST', '/budgets', bad)).toMatchObject({
      status: 400,
      body: { error: { code: 'BAD_QUERY' } },
    });
  expect((await change('GET', '/budgets/none')).status).toBe(404);
  expect((await change('DELETE', '/budgets/none')).status).toBe(404);
});
