import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openClickhouseStore, type Store } from '../index.ts';
import { batchOf, spansPerBatch } from '../../test/batches.ts';
import { clickhouseForTests, openForTest } from '../../test/clickhouse.ts';
import { hex, makeCall, makeSpan } from '../../test/make-span.ts';
import { randomFrom } from '../../test/random-from.ts';
import { seed } from '../../test/seed.ts';

vi.setConfig({ testTimeout: 60_000 });

const { engines, newUrl } = clickhouseForTests();

/** Asks the engine itself, past the driver. */
async function ask(sql: string): Promise<string> {
  const response = await fetch(engines()[0]!.url, { method: 'POST', body: sql });
  const text = (await response.text()).trim();
  if (!response.ok) throw new Error(text);
  return text;
}

const databaseOf = (url: string) => new URL(url).pathname.slice(1);

/** What is stored is all of these batches, each once. */
async function expectBatches(store: Store, numbers: readonly number[]): Promise<void> {
  expect(await store.stats()).toMatchObject({ spans: numbers.length * spansPerBatch });
  const { total } = await store.costs([], {});
  expect(total).toMatchObject({
    calls: numbers.length * spansPerBatch,
    costNanos: BigInt(numbers.reduce((sum, number) => sum + number, 0) * spansPerBatch),
  });
  const traces = await store.traces({}, { limit: 500 });
  expect(traces.reduce((sum, { calls }) => sum + calls, 0)).toBe(total.calls);
}

describe('a batch that ClickHouse took', () => {
  it('is on disk: its files and their folder are synced before it is acknowledged', async () => {
    const store = await openForTest({ url: newUrl() });
    const syncs = async () =>
      (await ask(`SELECT sumIf(value, event = 'FileSync'), sumIf(value, event = 'DirectorySync') FROM system.events`))
        .split('\t')
        .map(Number);
    const [filesBefore, foldersBefore] = await syncs();
    await store.add([makeCall()]);
    const [files, folders] = await syncs();
    expect(files! - filesBefore!).toBeGreaterThan(10);
    expect(folders! - foldersBefore!).toBeGreaterThan(0);
  });

  it('is there after the engine was killed and started again, and adding goes on', async () => {
    const url = newUrl();
    const store = await openForTest({ url });
    const random = randomFrom(seed());
    let batch = 0;
    for (let round = 0; round < 3; round += 1) {
      let killed: Promise<void> | undefined;
      for (;;) {
        // Refused or cut off: whether it was taken is open, as it would be for the drain, which adds it again.
        if (!(await store.add(batchOf(batch + 1), { segment: 1, offset: batch + 1 }).catch(() => undefined))) break;
        batch += 1;
        killed ??= sleep(random() * 400).then(() => engines()[0]!.kill());
      }
      await killed;
      await engines()[0]!.restart();
      const opened = await openForTest({ url });
      expect((await opened.position())?.offset ?? 0).toBeGreaterThanOrEqual(batch);
    }
    await store.add(batchOf(batch + 1), { segment: 1, offset: batch + 1 });
    await expectBatches(
      store,
      Array.from({ length: batch + 1 }, (_, index) => index + 1),
    );
    expect(batch).toBeGreaterThanOrEqual(3);
  });

  it('and whose answer got lost on the way is recognised when it is sent again', async () => {
    const url = newUrl();
    await openForTest({ url });
    const proxy = await startLossyProxy(new URL(engines()[0]!.url), (query) => query.startsWith('INSERT INTO spans'));
    onTestFinished(() => void proxy.server.close());
    const through = await openForTest({ url: url.replace(/:\d+\//, `:${proxy.port}/`) });
    expect(await through.add(batchOf(1))).toMatchObject({ added: spansPerBatch });
    expect(proxy.lost()).toBe(1);
    await expectBatches(through, [1]);
    // Not only not seen twice: not even there.
    expect(await ask(`SELECT count() FROM ${databaseOf(url)}.spans`)).toBe(String(spansPerBatch));
  });
});

describe('spans that lie there twice, because replicas stored them at the same time', () => {
  it('are seen once, by every question', async () => {
    const url = newUrl();
    const store = await openForTest({ url });
    for (const number of [1, 2, 3]) await store.add(batchOf(number));
    const database = databaseOf(url);
    await ask(`SYSTEM STOP MERGES ${database}.spans`);
    const answers = async () => [
      await store.stats().then(({ spans, traces }) => [spans, traces]),
      await store.costs(['agent', 'model'], {}),
      await store.costs(['run'], {}),
      await store.traces({}, { limit: 100 }),
      await store.trace(hex(2, 32)),
    ];
    const before = await answers();
    await ask(`INSERT INTO ${database}.spans SELECT * REPLACE (version - 1 AS version) FROM ${database}.spans`);
    expect(await ask(`SELECT count() FROM ${database}.spans`)).toBe(String(6 * spansPerBatch));
    expect(await answers()).toEqual(before);
    await store.add(batchOf(3));
    expect(await answers()).toEqual(before);
  });

  it('are what the first of them was', async () => {
    const url = newUrl();
    const [one, two] = [await openForTest({ url, replica: 'one' }), await openForTest({ url, replica: 'two' })];
    await one.add([makeSpan({ name: 'first' })]);
    const database = databaseOf(url);
    const late = '* EXCEPT (arrived, version)';
    await ask(
      `INSERT INTO ${database}.spans (${late}) SELECT ${late} REPLACE ('second' AS name) FROM ${database}.spans`,
    );
    expect((await two.trace(hex(1, 32))).map(({ name }) => name)).toEqual(['first']);
    await ask(`OPTIMIZE TABLE ${database}.spans FINAL`);
    expect((await two.trace(hex(1, 32))).map(({ name }) => name)).toEqual(['first']);
  });

  it('count once in the summaries of their traces, whoever computes them last', async () => {
    const url = newUrl();
    const replicas = await Promise.all(['one', 'two', 'three'].map((replica) => openForTest({ url, replica })));
    const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
    // Each batch goes to two replicas, and neighbours share traces.
    await Promise.all(
      replicas.map(async (store, index) => {
        for (const number of numbers) if (number % 3 !== index) await store.add(batchOf(number));
      }),
    );
    await expectBatches(replicas[0]!, numbers);
    for (const { traceId, spans } of await replicas[1]!.traces({}, { limit: 100 }))
      expect((await replicas[2]!.trace(traceId)).length).toBe(spans);
  });
});

describe('a summary that a slow replica computed before the last spans came', () => {
  it('does not take the place of the newer one', async () => {
    const url = newUrl();
    const store = await openForTest({ url });
    await store.add([makeCall()]);
    const database = databaseOf(url);
    await ask(`CREATE TABLE ${database}.early ENGINE = Memory AS SELECT * FROM ${database}.summaries`);
    await store.add([makeCall({ span: 2 })]);
    await ask(`INSERT INTO ${database}.summaries SELECT * FROM ${database}.early`);
    expect(await store.traceSummary(hex(1, 32))).toMatchObject({ spans: 2, calls: 2 });
    await ask(`OPTIMIZE TABLE ${database}.summaries FINAL`);
    expect(await store.traceSummary(hex(1, 32))).toMatchObject({ spans: 2, calls: 2 });
  });
});

describe('replicas of the server', () => {
  it('have a position each', async () => {
    const url = newUrl();
    const [one, two] = [await openForTest({ url, replica: 'one' }), await openForTest({ url, replica: 'two' })];
    await one.add([makeSpan()], { segment: 1, offset: 10 });
    await two.add([makeSpan({ span: 2 })], { segment: 7, offset: 5 });
    await one.add([], { segment: 1, offset: 20 });
    expect([await one.position(), await two.position()]).toEqual([
      { segment: 1, offset: 20 },
      { segment: 7, offset: 5 },
    ]);
    expect(one.settledPosition()).toEqual({ segment: 1, offset: 20 });
  });

  it('that start at the same time on nothing make the tables together', async () => {
    const url = newUrl();
    const stores = await Promise.all([1, 2, 3].map((number) => openForTest({ url, replica: `${number}` })));
    await Promise.all(stores.map((store, index) => store.add([makeCall({ span: index + 1 })])));
    expect((await stores[0]!.costs([], {})).total.calls).toBe(3);
  });
});

describe('a batch that cannot be added', () => {
  it('leaves nothing behind, and the store goes on', async () => {
    const store = await openForTest({ url: newUrl() });
    await store.add([makeSpan()], { segment: 1, offset: 1 });
    const impossible = makeSpan({ span: 9999, start: 2n ** 63n });
    const batch = Array.from({ length: 1200 }, (_, index) => makeSpan({ span: index + 1 }));
    await expect(store.add([...batch, impossible], { segment: 1, offset: 2 })).rejects.toThrow(RangeError);
    expect(await store.stats()).toMatchObject({ spans: 1, traces: 1 });
    expect(await store.position()).toEqual({ segment: 1, offset: 1 });
    expect(await store.add(batch)).toEqual({ added: 1199, traceIds: [hex(1, 32)] });
  });

  it('is not a large one, nor one with long names, nor one over hundreds of days and traces', async () => {
    const store = await openForTest({ url: newUrl() });
    const long = 'n'.repeat(300_000);
    const spans = Array.from({ length: 5_000 }, (_, index) =>
      makeCall({
        trace: index + 1,
        span: index + 1,
        start: BigInt(index % 250) * 86_400_000_000_000n,
        facts: index === 7 ? { agent: long, runId: long, tenant: long } : {},
      }),
    );
    expect(await store.add(spans)).toMatchObject({ added: 5_000 });
    expect(await store.add(spans)).toMatchObject({ added: 0 });
    expect(await store.stats()).toMatchObject({ spans: 5_000, traces: 5_000 });
    expect((await store.traceSummary(hex(8, 32)))!.runNumber).toBe(1);
  });
});

describe('opening', () => {
  it('what a newer version wrote is refused, and nothing in it changes', async () => {
    const url = newUrl();
    await (await openClickhouseStore({ url })).close();
    const database = databaseOf(url);
    await ask(`INSERT INTO ${database}.schema_version VALUES (99)`);
    await ask(`DROP TABLE ${database}.runs`);
    await expect(openClickhouseStore({ url })).rejects.toMatchObject({ code: 'CLICKHOUSE_UNUSABLE' });
    expect(await ask(`EXISTS ${database}.runs`)).toBe('0');
  });

  it('without a ClickHouse there, or with a wrong password, says which one and why, and not the password', async () => {
    await expect(openClickhouseStore({ url: 'clickhouse://us:hunter2@127.0.0.1:9/x' })).rejects.toMatchObject({
      code: 'CLICKHOUSE_UNUSABLE',
      what: expect.stringMatching(/^The ClickHouse at http:\/\/127\.0\.0\.1:9 cannot be used: .*ECONNREFUSED/),
    });
    const wrong = newUrl().replace('://', '://nobody:hunter2@');
    const refused = await openClickhouseStore({ url: wrong }).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'CLICKHOUSE_UNUSABLE', message: expect.stringContaining('nobody') });
    expect((refused as Error).message).not.toContain('hunter2');
  });
});

/** Passes requests on. The first that `isChosen` reaches ClickHouse, but its sender is cut off instead of answered. */
async function startLossyProxy(
  to: URL,
  isChosen: (query: string) => boolean,
): Promise<{ server: Server; port: number; lost: () => number }> {
  let lost = 0;
  const server = createServer((incoming, outgoing) => {
    const query = new URL(incoming.url!, to).searchParams.get('query') ?? '';
    const { method, headers, url: path } = incoming;
    const onward = request({ host: to.hostname, port: to.port, method, path, headers }, (answer) => {
      if (lost === 0 && isChosen(query)) {
        lost += 1;
        answer.resume().on('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, port: (server.address() as AddressInfo).port, lost: () => lost };
}
