/** Each batch comes one to ten times, in any order, by every way in, before and after kill -9: every span and every cent is there once. */
import { randomInt } from 'node:crypto';
import { usdFromNanos, type WireSpan } from '@tallyspan/facts';
import type { Budget, Costs } from '@tallyspan/server';
import { afterAll, expect, it } from 'vitest';
import { grpcClient } from '../packages/server/test/grpc-call.ts';
import { makeWireSpan } from '../packages/server/test/make-wire-span.ts';
import { bodyFor, deliver, transports } from '../packages/server/test/transports.ts';
import { type House, startHouse } from './house.ts';

/** Different spans; they are delivered five and a half times as often. */
const SPANS = Number(process.env['DUPLICATE_SPANS'] ?? 100_000);
const PER_BATCH = 100;
const RESTARTS = Number(process.env['DUPLICATE_RESTARTS'] ?? 3);

let house: House;
afterAll(() => house?.remove());

const now = BigInt(Date.now()) * 1_000_000n;
const inputOf = (span: number) => 1 + ((span * 7_919) % 5_000);

function batchOf(number: number): WireSpan[] {
  return Array.from({ length: PER_BATCH }, (_, index) => {
    const span = number * PER_BATCH + index;
    return makeWireSpan({
      traceId: (1 + Math.floor(span / 20)).toString(16).padStart(32, '0'),
      spanId: (1 + span).toString(16).padStart(16, '0'),
      ...{ start: now + BigInt(span), end: now + BigInt(span) + 5_000_000n },
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.agent.name': `agent ${span % 7}`,
        'gen_ai.usage.input_tokens': inputOf(span),
        'gen_ai.usage.output_tokens': 10,
        'tally.tenant': `tenant ${span % 3}`,
      },
    });
  });
}

function shuffle<T>(all: T[]): T[] {
  for (let at = all.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}

it('delivered one to ten times each, over HTTP, JSON and gRPC and across kills, they are stored and counted once', async () => {
  house = await startHouse('server');
  const budget = { name: 'all', scope: {}, limits: { usd: '100000' }, window: 'month' };
  const made = await fetch(`${house.url}/api/v1/budgets`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(budget) },
  });
  const { id } = (await made.json()) as Budget;
  const batches = SPANS / PER_BATCH;
  const deliveries = shuffle(
    Array.from({ length: batches }, (_, number) => Array.from({ length: randomInt(1, 11) }, () => number)).flat(),
  );
  const share = Math.ceil(deliveries.length / (RESTARTS + 1));
  for (let part = 0; part <= RESTARTS; part++) {
    const doors = { url: house.url, grpc: grpcClient(await house.grpcPort()) };
    const mine = deliveries.slice(part * share, (part + 1) * share);
    const sender = async () => {
      for (let number = mine.pop(); number !== undefined; number = mine.pop()) {
        const transport = transports[randomInt(3)]!;
        const body = bodyFor(transport, batchOf(number));
        for (;;) {
          const { status } = await deliver(doors, transport, body, { gzip: randomInt(2) === 0 });
          if (status === (transport === 'grpc' ? 0 : 200)) break;
          // There is no room, and it says so; nothing else may be said.
          expect(status).toBe(transport === 'grpc' ? 14 : 503);
          await new Promise((resume) => setTimeout(resume, 500));
        }
      }
    };
    await Promise.all(Array.from({ length: 4 }, sender));
    doors.grpc.close();
    if (part === RESTARTS) break;
    await house.stop('SIGKILL');
    house = await startHouse('server', house.dataDir);
  }
  const costs = () => house.get<Costs>('/api/v1/costs?by=tenant,agent');
  await expect.poll(async () => (await costs()).total.calls, { timeout: 240_000, interval: 500 }).toBe(SPANS);
  await expect
    .poll(() => house.get('/readyz').catch(() => null), { timeout: 240_000, interval: 500 })
    .toMatchObject({
      backlog: { bytes: 0 },
    });
  const expected = new Map<string, { calls: number; input: number; nanos: bigint }>();
  for (let span = 0; span < SPANS; span++) {
    const key = `tenant ${span % 3} agent ${span % 7}`;
    const sum = expected.get(key) ?? { calls: 0, input: 0, nanos: 0n };
    const input = inputOf(span);
    expected.set(key, {
      calls: sum.calls + 1,
      input: sum.input + input,
      nanos: sum.nanos + BigInt(input) * 2_500n + 100_000n,
    });
  }
  const { rows, total } = await costs();
  expect(total.calls).toBe(SPANS);
  expect(Object.fromEntries(rows.map((row) => [row.key.join(' '), [row.calls, row.inputTokens, row.costUsd]]))).toEqual(
    Object.fromEntries(
      [...expected].map(([key, { calls, input, nanos }]) => [key, [calls, input, usdFromNanos(nanos)]]),
    ),
  );
  const nanos = [...expected.values()].reduce((sum, each) => sum + each.nanos, 0n);
  const spent = (await house.get<Budget>(`/api/v1/budgets/${id}`)).now!.spent;
  expect([spent.calls, spent.usd]).toEqual([SPANS, usdFromNanos(nanos)]);
});
