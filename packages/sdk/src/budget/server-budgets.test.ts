/** What a process does with what the server says of budgets, and without the server. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { harness, hello } from '../../test/harness.ts';
import { agent } from '../agent.ts';
import type { ServerBudgetOptions } from '../options.ts';
import { watch } from '../watch.ts';

const h = harness();
const short = { ...hello, max_tokens: 20 };

interface Ask {
  asker: string;
  traced: boolean;
  scope: Record<string, string>;
  need: { usd: string };
  leases: { account: string; serial: string; used: { usd: string; calls: number }; open: { calls: number } }[];
}

let server: Server;
let endpoint: string;
let asks: Ask[] = [];
let headers: IncomingHttpHeaders[] = [];
/** Answers like a server with one budget of calls; `hang` says nothing. */
let says: (ask: Ask) => object | 'hang' = () => ({ ttlMs: 10_000, leases: [] });

const calls = (quota: number, of: { serial?: string; spent?: number; limit?: number; account?: string } = {}) => {
  const { serial = 's1', spent = 0, limit = 1_000, account = 'b1.1@today' } = of;
  const amounts = (count: number | null) => ({
    usd: count === null ? null : '0',
    tokens: count === null ? null : 0,
    calls: count,
  });
  return {
    ttlMs: 10_000,
    leases: [
      {
        ...{ account, serial, inScope: true, name: 'daily', window: 'day' },
        limits: { usd: false, tokens: false, calls: true },
        limit: { usd: null, tokens: null, calls: limit },
        spent: amounts(spent),
        quota: amounts(quota),
        retryAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
    ],
  };
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      if (request.url !== '/api/v1/budgets/leases') return response.writeHead(404).end();
      const ask = JSON.parse(body) as Ask;
      asks.push(ask);
      headers.push(request.headers);
      const said = says(ask);
      if (said !== 'hang') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [asks, headers] = [[], []];
});
afterEach(() => {
  vi.unstubAllEnvs();
  // A question that hangs must not stand in the way of the next test's.
  server.closeAllConnections();
});

/** As many calls at once as asked for, and how many were made. */
async function crowd(
  count: number,
): Promise<{ made: number; refusals: { name: string; message: string; state: object }[] }> {
  const client = watch(h.openai());
  const run = agent({ name: 'crew', tenant: 'acme' }, () =>
    Promise.allSettled(Array.from({ length: count }, () => client.chat.completions.create(short))),
  );
  const settled = await run();
  const refusals = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
  return { made: count - refusals.length, refusals };
}
const budgets = (how: ServerBudgetOptions = {}) => h.init({ budgets: { endpoint, waitMs: 5_000, ...how } });
const chats = async () => (await h.spans()).filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'chat');

it('a program that does not want them asks nobody', async () => {
  h.init({ endpoint: h.sink.url });
  expect((await crowd(3)).made).toBe(3);
  expect(asks).toEqual([]);
});

it('the first call says whose it is and waits; the others are decided here, and say on their spans from which part they are', async () => {
  says = () => calls(100);
  budgets();
  expect((await crowd(3)).made).toBe(3);
  expect((await crowd(20)).made).toBe(20);
  expect(asks[0]!.scope).toMatchObject({ tenant: 'acme', agent: 'crew', provider: 'openai', model: 'gpt-4o' });
  expect(asks[0]!.traced).toBe(true);
  expect(asks.length).toBeLessThanOrEqual(2);
  const spans = await chats();
  expect(spans).toHaveLength(23);
  for (const { attributes } of spans) {
    expect(attributes['tally.budget.asker']).toBe(asks[0]!.asker);
    expect(attributes).not.toHaveProperty('tally.budget.outcome');
  }
});

it('what does not fit into what the server gave is refused before it is sent, and says which budget and until when', async () => {
  says = () => calls(5, { spent: 990, limit: 1_000 });
  budgets();
  const { made, refusals } = await crowd(8);
  expect(made).toBe(5);
  expect(h.fake.requests).toHaveLength(5);
  expect(refusals[0]).toMatchObject({
    name: 'BudgetExceededError',
    agent: 'crew',
    state: { limit: 'calls', allowed: 1_000n, spent: 990n, estimated: 1n, retryAt: expect.any(String) },
  });
  expect(refusals[0]!.message).toContain('The budget of daily does not allow this call');
  // What was used is told with the next question; what was just refused is not asked about again at once.
  await new Promise((resolve) => setTimeout(resolve, 150));
  await crowd(1);
  expect(asks.at(-1)!.leases).toMatchObject([{ serial: 's1', used: { calls: 5 }, open: { calls: 0 } }]);
});

it('a server that forgot starts anew with somebody new, so that nothing is counted twice', async () => {
  let serial = 's1';
  says = () => calls(2, { serial });
  budgets();
  expect((await crowd(2)).made).toBe(2);
  serial = 's2';
  expect((await crowd(2)).made).toBe(2);
  const [first, last] = [asks[0]!, asks.at(-1)!];
  expect(last.asker).not.toBe(first.asker);
  expect(last.leases).toEqual([]);
});

it('the key goes along: that of the exporter, else TALLYSPAN_API_KEY', async () => {
  says = () => calls(100);
  vi.stubEnv('TALLYSPAN_API_KEY', 'tally_ingest_a');
  budgets();
  await crowd(1);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-api-key=tally_ingest_b');
  budgets();
  await crowd(1);
  expect(headers.map(({ authorization, 'x-api-key': key }) => [authorization, key])).toEqual([
    ['Bearer tally_ingest_a', undefined],
    [undefined, 'tally_ingest_b'],
  ]);
});

it('TALLYSPAN_BUDGETS=true is enough', async () => {
  says = () => calls(1);
  vi.stubEnv('TALLYSPAN_BUDGETS', 'true');
  vi.stubEnv('TALLYSPAN_ENDPOINT', endpoint);
  h.init();
  expect(await crowd(2)).toMatchObject({ made: 1, refusals: [{ name: 'BudgetExceededError' }] });
});

describe('a server that does not answer in time', () => {
  it('lets calls pass, marked, when nothing is known', async () => {
    says = () => 'hang';
    budgets({ waitMs: 20 });
    expect((await crowd(3)).made).toBe(3);
    const spans = await chats();
    expect(spans.map(({ attributes }) => attributes['tally.budget.outcome'])).toEqual(Array(3).fill('not_checked'));
  });

  it('refuses them when the program wants certainty', async () => {
    says = () => 'hang';
    budgets({ waitMs: 20, fail: 'closed' });
    const { made, refusals } = await crowd(2);
    expect(made).toBe(0);
    expect(h.fake.requests).toHaveLength(0);
    expect(refusals[0]).toMatchObject({ name: 'BudgetExceededError', state: { limit: 'unreachable' } });
  });

  it('leaves what is left of the last part, and then the choice of the program', async () => {
    says = (ask) => (ask.leases.length === 0 ? calls(5) : 'hang');
    budgets({ waitMs: 500 });
    expect((await crowd(3)).made).toBe(3);
    expect((await crowd(4)).made).toBe(4);
    const marked = (await chats()).filter(({ attributes }) => attributes['tally.budget.outcome'] === 'not_checked');
    expect(marked).toHaveLength(2);
  });

  it('does not make a budget whole that was used up', async () => {
    says = (ask) => (ask.leases.length === 0 ? calls(1, { spent: 1_000, limit: 1_000 }) : 'hang');
    budgets({ waitMs: 500 });
    expect((await crowd(1)).made).toBe(1);
    expect((await crowd(2)).made).toBe(0);
  });
});
