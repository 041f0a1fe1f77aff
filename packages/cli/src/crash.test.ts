/** kill -9 at random moments: what was acknowledged is there, once. */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Costs, Trace, TraceList } from '@tallyspan/server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { makeRequest, newSpanId } from '../test/make-request.ts';
import { endAll, startCli } from '../test/run-cli.ts';

/** Longer in `npm run proof`. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 5);
vi.setConfig({ testTimeout: 120_000 + ROUNDS * 10_000 });
const SENDERS = 4;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
});
afterEach(() => {
  endAll();
  return rm(folder, { recursive: true, force: true });
});

it('after kill -9 every acknowledged span is there exactly once, even when it was sent twice', async () => {
  const acknowledged = new Set<string>();
  const sent = new Set<string>();

  for (let round = 0; round < ROUNDS; round++) {
    const server = await startCli(folder);
    let alive = true;
    const sender = async () => {
      while (alive) {
        // Twenty traces in all, so that reading them back is short.
        const batch = Array.from({ length: randomInt(1, 40) }, () => ({
          traceId: randomInt(1, 21).toString(16).padStart(32, '9'),
          spanId: newSpanId(),
          run: `run-${round}`,
        }));
        for (const { spanId } of batch) sent.add(spanId);
        const zipped = randomInt(2) === 0;
        const body = zipped ? gzipSync(makeRequest(batch)) : makeRequest(batch);
        const headers = { 'content-type': 'application/json', ...(zipped && { 'content-encoding': 'gzip' }) };
        for (let times = randomInt(4) === 0 ? 2 : 1; times > 0; times--) {
          const response = await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body }).catch(
            () => undefined,
          );
          if (response === undefined) return;
          expect(response.status).toBe(200);
          for (const { spanId } of batch) acknowledged.add(spanId);
        }
      }
    };
    const senders = Array.from({ length: SENDERS }, sender);
    await new Promise((resolve) => setTimeout(resolve, randomInt(100, 1_200)));
    expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    alive = false;
    await Promise.all(senders);
  }

  const server = await startCli(folder);
  const get = async <Answer>(path: string) => (await (await fetch(server.url + path)).json()) as Answer;
  await eventually(async () => (await fetch(`${server.url}/readyz`)).ok || undefined);
  const found: string[] = [];
  for (const { traceId } of await allTraces(get))
    found.push(...(await get<Trace>(`/api/v1/traces/${traceId}`)).spans.map(({ spanId }) => spanId));

  expect(acknowledged.size).toBeGreaterThan(100);
  expect(found.length).toBe(new Set(found).size);
  expect([...acknowledged].filter((spanId) => !found.includes(spanId))).toEqual([]);
  expect(found.filter((spanId) => !sent.has(spanId))).toEqual([]);
  // The money is counted once, too: each call costs the same.
  const { total } = await get<Costs>('/api/v1/costs');
  expect([total.calls, total.costUsd]).toEqual([found.length, String(Number((found.length * 0.0035).toFixed(4)))]);
  await server.end('SIGTERM');
});

async function allTraces(get: <Answer>(path: string) => Promise<Answer>): Promise<TraceList['traces']> {
  return (await get<TraceList>('/api/v1/traces?limit=500')).traces;
}
