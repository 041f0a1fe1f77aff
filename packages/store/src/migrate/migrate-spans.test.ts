import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { clickhouseForTests, openForTest } from '../../test/clickhouse.ts';
import { hex, makeCall, makeSpan, noon } from '../../test/make-span.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { lookAtMigration, migrateSpans, openDuckdbStore, type StoredSpan } from '../index.ts';

vi.setConfig({ testTimeout: 120_000 });

const { newUrl } = clickhouseForTests();
const day = 86_400_000_000_000n;

/** Of three tenants, under the same ids, over some days; runs come in another order than they began. */
function spansOf(from: number, count: number): StoredSpan[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const facts = { agent: `agent ${at % 2}`, runId: `run ${(at * 7) % 5}`, userId: 'it\'s "😀"' };
    const tenant = ['acme', 'beta', undefined][at % 3];
    return makeCall({
      trace: 1 + (at % 4),
      span: 1 + Math.floor(at / 12),
      start: noon + BigInt(at % 2) * day - BigInt(at),
      nanos: 3n + BigInt(at),
      facts: { ...facts, ...(tenant !== undefined && { tenant }) },
      attributes: { 'a key': `line\nline\0 ${at}`, number: BigInt(at) },
    });
  });
}

it('a copy that was interrupted goes on where it was, and leaves the same answers, numbers of runs and all', async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  const duckdb = await openDuckdbStore({ file });
  const spans = spansOf(0, 60);
  await duckdb.add(spans.slice(0, 40));
  await duckdb.add(spans.slice(40));
  // What lies elsewhere or is wider than 64 bits.
  const call = makeCall({ trace: 40, span: 1, nanos: 2n ** 70n });
  await duckdb.add([call, makeSpan({ trace: 40, span: 2 })], { segment: 3, offset: 77 });
  await duckdb.replace!([{ old: call, span: { ...call, facts: { ...call.facts, tenant: 'beta' } } }]);
  await duckdb.deleteSpans({ traceId: hex(3, 32) });
  const left = (await duckdb.stats()).spans;
  await duckdb.close();

  const url = newUrl();
  const options = { file, to: { url }, replica: 'one', batchSpansMax: 20 };
  expect(await lookAtMigration(options)).toMatchObject({ spans: left, there: 0 });
  const interrupted = migrateSpans({
    ...options,
    onProgress(copied) {
      if (copied >= 20) throw new Error('cut off');
    },
  });
  await expect(interrupted).rejects.toThrow('cut off');
  const moved = await migrateSpans(options);
  expect(moved).toMatchObject({ spans: left, isSame: true, runs: { isSame: true } });
  expect(moved.sent).toBeLessThan(left);

  const [from, to] = [await openDuckdbStore({ file }), await openForTest({ url })];
  for (const { traceId } of await from.traces({}, { limit: 100 })) {
    expect(await to.trace(traceId)).toEqual(await from.trace(traceId));
    expect(await to.traceSummary(traceId)).toEqual(await from.traceSummary(traceId));
  }
  expect(await to.costs(['tenant', 'agent', 'run', 'user'], {})).toEqual(
    await from.costs(['tenant', 'agent', 'run', 'user'], {}),
  );
  // The log of the server goes on there where it was read up to.
  expect(await (await openForTest({ url, replica: 'one' })).position()).toEqual({ segment: 3, offset: 77 });
  // A run that comes by itself gets the next number, as it would have.
  const next = makeCall({
    trace: 50,
    start: noon - 9n * day,
    facts: { tenant: 'acme', agent: 'agent 0', runId: 'new' },
  });
  for (const store of [from, to]) await store.add([next]);
  const { runNumber } = (await from.traceSummary(hex(50, 32)))!;
  expect((await to.traceSummary(hex(50, 32)))!.runNumber).toBe(runNumber);
  await from.close();

  // The file has one more now, and so has the other side, which got one by itself besides.
  await to.add([makeCall({ trace: 51 })]);
  const more = await migrateSpans(options);
  expect(more.isSame).toBe(false);
  expect(more.tenants.filter(({ isSame }) => !isSame).map(({ to: there }) => there?.tenant)).toEqual(['default']);
});

it('into a database with spans of others nothing is copied', async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  const duckdb = await openDuckdbStore({ file });
  await duckdb.add([makeCall({ trace: 2 })]);
  await duckdb.close();
  const url = newUrl();
  const store = await openForTest({ url });
  await store.add([makeCall()]);
  const options = { file, to: { url }, replica: 'one' };
  await expect(migrateSpans(options)).rejects.toMatchObject({ code: 'MIGRATION_REFUSED' });
  expect(await store.stats()).toMatchObject({ spans: 1 });
  await expect(migrateSpans({ ...options, to: { url: 'clickhouse://127.0.0.1:1/x' } })).rejects.toMatchObject({
    code: 'CLICKHOUSE_UNUSABLE',
  });
});
