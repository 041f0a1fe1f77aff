/** Budgets and alerts of several tenants behind keys: nobody sees or changes another's, and everybody keeps to those of the operator. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import type { BudgetLeases } from '../api.ts';

let server: LockedServer;
let acme: string;
let beta: string;
let acmeIngest: string;

beforeAll(async () => {
  server = await startLockedServer();
  acme = await server.make({ scope: 'admin', tenant: 'acme' });
  beta = await server.make({ scope: 'admin', tenant: 'beta' });
  acmeIngest = await server.make({ scope: 'ingest', tenant: 'acme' });
});
afterAll(() => server.end());

const budget = { name: 'b', window: 'day', limits: { usd: '1' }, action: 'block' };

it("a tenant's key makes and sees budgets and alerts of its own only", async () => {
  const made = await server.ask('POST', '/api/v1/budgets', acme, { ...budget, name: 'of acme' });
  expect(made.json.scope).toEqual({ tenant: 'acme' });
  expect((await server.ask('POST', '/api/v1/budgets', acme, { ...budget, scope: { tenant: 'beta' } })).status).toBe(
    400,
  );
  const alert = { name: 'a', rule: { on: 'silence', minutes: 5 } };
  const told = await server.ask('POST', '/api/v1/alerts', acme, alert);
  expect(told.json.tenant).toBe('acme');
  for (const [path, id] of [
    ['budgets', made.json.id],
    ['alerts', told.json.id],
  ]) {
    expect((await server.ask('GET', `/api/v1/${path}`, beta)).json[path]).toEqual([]);
    expect((await server.ask('GET', `/api/v1/${path}`, acme)).json[path]).toHaveLength(1);
    expect((await server.ask('GET', `/api/v1/${path}`, server.admin)).json[path]).toHaveLength(1);
    const body = path === 'budgets' ? budget : alert;
    for (const [method, sent] of [['GET'], ['DELETE'], ['PUT', body]] as const)
      expect((await server.ask(method, `/api/v1/${path}/${id}`, beta, sent)).status, `${method} ${path}`).toBe(404);
    expect((await server.ask('POST', `/api/v1/${path}`, acmeIngest, body)).status).toBe(403);
    expect((await server.ask('DELETE', `/api/v1/${path}/${id}`, acme)).status).toBe(204);
  }
});

it('a budget of the operator over all tenants decides for each of them, and shows them none of its figures', async () => {
  const made = await server.ask('POST', '/api/v1/budgets', server.admin, { ...budget, name: 'all of us' });
  const decision = `/api/v1/budgets/decision?tenant=beta&estimateUsd=2`;
  expect((await server.ask('GET', decision, acmeIngest)).json).toMatchObject({
    allowed: false,
    unit: 'usd',
    budget: null,
    limit: null,
    spent: null,
    left: null,
  });
  const asked = { asker: 'sdk', scope: {}, need: { usd: '0.1' } };
  const { leases } = (await server.ask('POST', '/api/v1/budgets/leases', acmeIngest, asked)).json as BudgetLeases;
  expect(leases).toMatchObject([{ name: null, limit: null, spent: null, inScope: true }]);
  expect(Number(leases[0]!.quota.usd)).toBeGreaterThanOrEqual(0.1);
  expect((await server.ask('GET', decision, server.admin)).json).toMatchObject({ budget: { name: 'all of us' } });
  await server.ask('DELETE', `/api/v1/budgets/${made.json.id}`, server.admin);
});

it("an asker cannot take or give back another tenant's part by calling itself by its name", async () => {
  await server.ask('PUT', '/api/v1/budgets/shared', server.admin, budget);
  const hold = (key: string) =>
    server.ask('GET', '/api/v1/budgets/decision?estimateUsd=0.5&asker=gateway', key).then(({ json }) => json.allowed);
  expect([await hold(acme), await hold(acme), await hold(beta)]).toEqual([true, true, false]);
  const settled = { asker: 'gateway', held: { usd: '0.5', calls: 1 }, used: { usd: '0' } };
  await server.ask('POST', '/api/v1/budgets/decision/settle', beta, settled);
  expect(await hold(beta)).toBe(false);
  await server.ask('POST', '/api/v1/budgets/decision/settle', acme, settled);
  expect(await hold(beta)).toBe(true);
});
