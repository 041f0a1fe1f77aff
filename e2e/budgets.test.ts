/** Budgets of the server, kept by programs that only said so: two processes at the edge of one budget, and what happens without the server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nanosFromUsd } from '@tallyspan/facts';
import type { Budget } from '@tallyspan/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Crowd, makeCrowd } from './crowd.ts';
import { type House, startHouse } from './house.ts';

let house: House;
let people: Crowd;

beforeAll(async () => {
  house = await startHouse('server');
  people = await makeCrowd();
});
afterAll(async () => {
  await house.remove();
  await people.remove();
});

const crowd = (options: object, url = house.url) => people.run(url, options);

async function make(budget: object): Promise<Budget> {
  const response = await fetch(`${house.url}/api/v1/budgets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'edge', window: 'month', action: 'block', ...budget }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as Budget;
}

async function settled(id: string, calls: number): Promise<Budget> {
  let budget: Budget | undefined;
  const look = async () => {
    budget = (await (await fetch(`${house.url}/api/v1/budgets/${id}`)).json()) as Budget;
    return budget.now!.spent.calls;
  };
  await expect.poll(look, { timeout: 15_000, interval: 50 }).toBe(calls);
  return budget!;
}

const strict = { fail: 'closed', waitMs: 10_000 };
const usdOf = ({ prompt_tokens, completion_tokens }: { prompt_tokens: number; completion_tokens: number }) =>
  BigInt(prompt_tokens) * 2_500n + BigInt(completion_tokens) * 10_000n;

it.each([
  ['cost less than was thought', 'cheap', { prompt_tokens: 10, completion_tokens: 15 }],
  ['cost more than was thought', 'dear', { prompt_tokens: 40, completion_tokens: 60 }],
])('a thousand calls of two processes at the edge of a budget that %s', async (_, name, usage) => {
  const limit = nanosFromUsd('0.08');
  const { id } = await make({ scope: { agent: name }, limits: { usd: '0.08' } });
  const told = await Promise.all([0, 1].map(() => crowd({ ...strict, name, usage, calls: 500 })));
  const made = told.reduce((sum, each) => sum + each.made, 0);
  for (const each of told) {
    expect(each.sent).toBe(each.made);
    expect(each.made + each.refused).toBe(500);
    expect(each.limit).toBe('usd');
  }
  const cost = usdOf(usage);
  const estimated = BigInt(told[0]!.estimated);
  const spent = cost * BigInt(made);
  // The bound of the manual: the limit, and by how much the calls cost more than was thought.
  const over = cost > estimated ? (cost - estimated) * BigInt(made) : 0n;
  expect(spent).toBeLessThanOrEqual(limit + over);
  // And it is used, not only guarded.
  expect(spent).toBeGreaterThan((limit * 6n) / 10n);
  // When everything is stored the books are exact, and what was refused was no call.
  const budget = await settled(id, made);
  expect(nanosFromUsd(budget.now!.spent.usd!)).toBe(spent);
});

it('a process asks for a part once, and then makes its calls without asking', async () => {
  const { id } = await make({ scope: { agent: 'many' }, limits: { usd: '100', calls: 10_000 } });
  let asked = 0;
  const between = createServer((request, response) => {
    if (request.url === '/api/v1/budgets/leases') asked++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = { 'content-type': request.headers['content-type'] ?? '' };
      void fetch(house.url + request.url, { method: 'POST', headers, body: Buffer.concat(chunks) }).then(
        async (answer) =>
          response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
      );
    });
  });
  await new Promise<void>((listening) => between.listen(0, '127.0.0.1', listening));
  const betweenUrl = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  const usage = { prompt_tokens: 1, completion_tokens: 1 };
  const told = await crowd({ ...strict, name: 'many', usage, calls: 10, rounds: 20 }, betweenUrl);
  between.closeAllConnections();
  between.close();
  expect(told).toMatchObject({ made: 200, refused: 0 });
  expect(asked).toBeLessThanOrEqual(3);
  await settled(id, 200);
});

it('without the server calls pass and are marked, or are refused, as the program chose; none waits for long', async () => {
  const nowhere = 'http://127.0.0.1:9';
  const usage = { prompt_tokens: 1, completion_tokens: 1 };
  expect(await crowd({ usage, calls: 5 }, nowhere)).toMatchObject({ made: 5, refused: 0 });
  expect(await crowd({ fail: 'closed', usage, calls: 5 }, nowhere)).toMatchObject({
    sent: 0,
    refused: 5,
    limit: 'unreachable',
  });
});
