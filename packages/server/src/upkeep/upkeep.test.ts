/** What happens to stored data later, by the front door: deleting for good, keeping for so long, pricing anew. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WireSpan } from '@tallyspan/facts';
import { openFileObjects } from '@tallyspan/store';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, temporaryFolder } from '../../test/start-test-server.ts';
import type { DataJob } from '../api.ts';
import type { JobBody } from './jobs.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const DAY = 86_400_000_000_000n;
const now = BigInt(Date.now()) * 1_000_000n;
const ofUser = (user: string, part: Partial<WireSpan> = {}) =>
  makeCall({}, { start: now, end: now + 1n, ...part, attributes: { 'user.id': user, ...part.attributes } });

let server: LockedServer;
const keys: Record<string, string> = {};
beforeAll(async () => {
  server = await startLockedServer();
  for (const tenant of ['acme', 'beta', 'gamma', 'delta']) keys[tenant] = await server.make({ scope: 'admin', tenant });
});
afterAll(() => server.end());

const post = async (spans: WireSpan[], key: string) => {
  const headers = { ...PROTOBUF, authorization: `Bearer ${key}` };
  return send(`${server.url}/v1/traces`, { headers, body: encodeSpans(spans, 'protobuf') });
};
/** Sends spans and waits until they are counted. */
const store = async (spans: WireSpan[], key: string) => {
  const before = await calls(key);
  await post(spans, key);
  await eventually(async () => ((await calls(key)) >= before + spans.length ? true : undefined), 'storing');
};
const total = async (key: string) => (await server.ask('GET', '/api/v1/costs?by=model', key)).json.total;
const calls = async (key: string): Promise<number> => (await total(key)).calls;
const done = (job: DataJob, key: string) =>
  eventually(async () => {
    const { json } = await server.ask('GET', `/api/v1/data/jobs/${job.id}`, key);
    return json.state === 'done' ? (json as DataJob) : undefined;
  }, 'the job');

describe('deleting', () => {
  it('a user leaves nothing of it in the store, in the log and on the disk, says so with counts, and is in the audit log', async () => {
    const key = keys['acme']!;
    await store([ofUser('bob'), ofUser('eve')], key);
    await store([ofUser('bob', { traceId: 'ab'.repeat(16) })], keys['beta']!);
    const budget = { name: 'b', window: 'day', limits: { calls: 10 } };
    const { json: made } = await server.ask('POST', '/api/v1/budgets', key, budget);
    // Acknowledged and perhaps not stored yet: it is meant as well.
    await post([ofUser('bob', { name: 'bob at once' })], key);
    const asked = await server.ask('POST', '/api/v1/data/delete', key, { user: 'bob' });
    expect(asked.status).toBe(202);
    const job = await done(asked.json, key);
    expect(job).toMatchObject({ kind: 'delete', step: 'done', error: null, asked: { user: 'bob', tenant: 'acme' } });
    expect(job.deleted).toMatchObject({
      ...{ spans: 2, deleted: 2, left: 0, traces: 2, setAside: 0 },
      ...{ logHolds: false, diskHolds: false },
    });
    expect(await calls(key)).toBe(1);
    expect(await calls(keys['beta']!)).toBe(1);
    const spent = await server.ask('GET', `/api/v1/budgets/${made.id}`, key);
    expect(spent.json.now.spent.calls).toBe(1);
    const folder = join(server.dataDir, 'log');
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
    expect(files.filter((file) => file.includes('bob'))).toEqual([]);
    const { json: told } = await server.ask('GET', '/api/v1/audit', server.admin);
    const entries = told.entries.filter(({ tenant }: { tenant?: string }) => tenant === 'acme');
    expect(entries.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['deleteData', 'deleteDone']),
    );
    // What is sent again after that is new.
    await store([ofUser('bob')], key);
    expect(
      (await done((await server.ask('POST', '/api/v1/data/delete', key, { user: 'nobody' })).json, key)).deleted,
    ).toMatchObject({ spans: 0, left: 0 });
  });

  it('by a key of one tenant is of that tenant only, and its jobs are not to be seen by others', async () => {
    const ask = (body: object) => server.ask('POST', '/api/v1/data/delete', keys['beta']!, body);
    expect((await ask({ tenant: 'acme' })).status).toBe(400);
    expect((await ask({})).status).toBe(400);
    await store([ofUser('carl')], keys['gamma']!);
    const job = await done((await ask({ user: 'carl' })).json, keys['beta']!);
    expect(job.deleted).toMatchObject({ spans: 0 });
    expect(await calls(keys['gamma']!)).toBe(1);
    expect((await server.ask('GET', `/api/v1/data/jobs/${job.id}`, keys['gamma']!)).status).toBe(404);
    expect((await server.ask('GET', '/api/v1/data/jobs', keys['gamma']!)).json.jobs).toEqual([]);
  });

  it('that was interrupted is finished at the next start, and what it had counted stays', async () => {
    const dataDir = await temporaryFolder();
    const first = await startLockedServer({ dataDir });
    const key = await first.make({ scope: 'admin', tenant: 'acme' });
    const headers = { ...PROTOBUF, authorization: `Bearer ${key}` };
    await send(`${first.url}/v1/traces`, { headers, body: encodeSpans([ofUser('bob'), ofUser('eve')], 'protobuf') });
    await first.close();
    const objects = await openFileObjects(join(dataDir, 'objects'));
    const body: JobBody = {
      ...{ kind: 'delete', state: 'running', step: 'deletes', server: 'main', askedMs: Date.now() },
      ...{ tenant: 'acme', who: 'key k_1', from: '127.0.0.1', what: { user: 'bob' }, found: { spans: 7 } },
    };
    await objects.put('jobs', 'j_1', body, 0);
    await objects.close();
    const second = await startLockedServer({ dataDir });
    try {
      const job = await eventually(async () => {
        const { json } = await second.ask('GET', '/api/v1/data/jobs/j_1', key);
        return json.state === 'done' ? (json as DataJob) : undefined;
      });
      expect(job.deleted).toMatchObject({ spans: 7, deleted: 7, left: 0, logHolds: false, diskHolds: false });
      expect(
        (await second.ask('GET', '/api/v1/costs?by=user', key)).json.rows.map(
          ({ key: [user] }: { key: string[] }) => user,
        ),
      ).toEqual(['eve']);
    } finally {
      await second.end();
    }
  });
});

describe('retention', () => {
  it('refuses spans that are past it by partial success, deletes whole old days, and keeps what it says', async () => {
    const key = keys['delta']!;
    const old = { start: now - 5n * DAY, end: now - 5n * DAY + 1n };
    await store([ofUser('a', old), ofUser('b')], key);
    const put = (body: object, who = server.admin) => server.ask('PUT', '/api/v1/data/retention/delta', who, body);
    expect((await put({ days: 2 }, key)).status).toBe(403);
    expect((await put({ days: 2 })).json).toEqual({ tenant: 'delta', days: 2, bytes: null });
    await eventually(async () => ((await calls(key)) === 1 ? true : undefined), 'the old day');
    const refused = await post([ofUser('c', old), ofUser('d')], key);
    expect(refused.text).toMatch(/1 of 2 spans were refused.*started before .*T00:00:00.000Z/s);
    await eventually(async () => ((await calls(key)) === 2 ? true : undefined), 'the new span');
    expect((await server.ask('GET', '/api/v1/costs?by=user', key)).json.rows).toHaveLength(2);
    expect((await server.ask('GET', '/api/v1/data/retention', key)).json.retention).toHaveLength(1);
    // By size the newest day stays, however large it is.
    await server.ask('DELETE', '/api/v1/data/retention/delta', server.admin);
    await store([ofUser('e', { start: now - DAY, end: now - DAY + 1n })], key);
    expect((await put({ bytes: 1 })).status).toBe(200);
    await eventually(async () => ((await calls(key)) === 2 ? true : undefined), 'the size');
    expect((await server.ask('DELETE', '/api/v1/data/retention/delta', server.admin)).status).toBe(204);
  });
});

describe('prices', () => {
  it('of a tenant price its calls from then on; stored ones change only when they are priced anew, exactly, and never what a provider said', async () => {
    const key = keys['gamma']!;
    const said = { 'tally.cost.usd': 0.5, 'tally.cost.source': 'provider' };
    const model = { 'gen_ai.request.model': 'my-llama', 'gen_ai.response.model': 'my-llama' };
    await store([ofUser('x', { attributes: model }), ofUser('x', { attributes: { ...model, ...said } })], key);
    const { json: unpriced } = await server.ask('GET', '/api/v1/prices/unpriced', key);
    expect(unpriced.models).toMatchObject([{ provider: 'openai', model: 'my-llama', calls: 1, inputTokens: 1_000 }]);
    const before = (await total(key)).costUsd;

    const price = { model: 'my-*', rates: { input: 0.0000015, output: 3 }, from: '2020-01-01' };
    const set = await server.ask('POST', '/api/v1/prices', key, price);
    expect([set.status, set.json.tenant]).toEqual([201, 'gamma']);
    expect((await server.ask('GET', '/api/v1/prices', keys['beta']!)).json.prices).toEqual([]);
    expect((await server.ask('DELETE', `/api/v1/prices/${set.json.id}`, keys['beta']!)).status).toBe(404);
    expect((await total(key)).costUsd).toBe(before);
    // 1,000 × $0.0000015 and 100 × $3 per million: 1.5 nano-dollars, rounded half up, and 300,000.
    await store([ofUser('x', { attributes: model })], key);
    expect(await total(key)).toMatchObject({ unpricedCalls: 1 });
    const spent = (usd: string, nanos: number) => (Number(usd) + nanos / 1e9).toFixed(9).replace(/0+$/, '');
    expect((await total(key)).costUsd).toBe(spent(before, 300_002));

    const reprice = async (body: object) =>
      (await done((await server.ask('POST', '/api/v1/prices/reprice', key, body)).json, key)).repriced;
    const what = { model: 'my-llama' };
    const would = { changed: 1, oldUsd: '0.500300002', newUsd: '0.500600004' };
    expect(await reprice(what)).toMatchObject({ ...would, dryRun: true, spans: 3 });
    expect(await total(key)).toMatchObject({ unpricedCalls: 1 });
    expect(await reprice({ ...what, dryRun: false })).toMatchObject({
      ...would,
      models: [{ model: 'my-llama', calls: 3, changed: 1, oldUnpriced: 1, newUnpriced: 0 }],
    });
    expect(await total(key)).toMatchObject({ unpricedCalls: 0, costUsd: spent(before, 600_004) });
    expect(await reprice(what)).toMatchObject({ changed: 0, oldUsd: '0.500600004', newUsd: '0.500600004' });
    expect((await server.ask('GET', '/api/v1/prices/unpriced', key)).json.models).toEqual([]);
  });
});
