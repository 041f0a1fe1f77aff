import { expect, it, vi } from 'vitest';
import { clickhouseForTests, openForTest } from '../../test/clickhouse.ts';
import { makeCall, noon } from '../../test/make-span.ts';
import { nanosPerDay } from '../upkeep/upkeep.ts';

vi.setConfig({ testTimeout: 60_000 });

const { engines, newUrl } = clickhouseForTests();

async function ask(sql: string): Promise<string[]> {
  const response = await fetch(engines()[0]!.url, { method: 'POST', body: sql });
  const text = (await response.text()).trim();
  if (!response.ok) throw new Error(text);
  return text.split('\n');
}

it('what was deleted is off the disk within three looks, not eight minutes later, and looking again writes nothing anew', async () => {
  const url = newUrl();
  const database = new URL(url).pathname.slice(1);
  const store = await openForTest({ url });
  for (const [index, userId] of ['bob', 'eve', 'bob'].entries())
    await store.add([makeCall({ trace: index + 1, start: noon + BigInt(index) * nanosPerDay, facts: { userId } })]);
  const partsOf = (day: number) => {
    const partition = `toString(${(noon + BigInt(day) * nanosPerDay) / nanosPerDay})`;
    return ask(
      `SELECT name FROM system.parts WHERE database = '${database}' AND table = 'spans' AND partition = ${partition} AND rows > 0`,
    );
  };
  expect(await store.deleteSpans({ user: 'bob' })).toMatchObject({ spans: 2, left: 0 });
  const deletedMs = Date.now();
  let purge = await store.purge(deletedMs);
  for (let looks = 1; looks < 3 && !purge.gone; looks++) purge = await store.purge(deletedMs);
  expect(purge).toEqual({ gone: true, detail: 'all parts were written anew and the old ones are deleted' });
  expect(
    await ask(`SELECT count() FROM system.parts WHERE database = '${database}' AND rows > 0
      AND (has_lightweight_delete OR (table != 'positions' AND NOT active))`),
  ).toEqual(['0']);
  const parts = await partsOf(1);
  expect(parts).toHaveLength(1);
  await store.purge(deletedMs);
  expect(await partsOf(1)).toEqual(parts);
  expect(await store.stats()).toMatchObject({ spans: 1 });
});

it('a deletion that was killed before it made the summaries of what is left anew is completed by the next start', async () => {
  const url = newUrl();
  const database = new URL(url).pathname.slice(1);
  const store = await openForTest({ url });
  const call = (span: number, userId: string, nanos: bigint) => makeCall({ span, nanos, facts: { userId } });
  await store.add([call(1, 'bob', 5n), call(2, 'eve', 7n), makeCall({ trace: 2 })]);
  const traceId = '1'.padStart(32, '0');
  // As far as the killed one came: without the summary, then without bob's row, which ClickHouse goes on with by itself.
  await ask(
    `DELETE FROM ${database}.summaries WHERE trace_id = unhex('${traceId}') SETTINGS lightweight_deletes_sync = 2`,
  );
  await ask(`DELETE FROM ${database}.spans WHERE user_id = 'bob' SETTINGS lightweight_deletes_sync = 0`);
  const next = await openForTest({ url });
  expect(await next.traceSummary(traceId)).toBeUndefined();
  await next.repair!();
  expect(await next.traceSummary(traceId)).toMatchObject({ spans: 1, calls: 1, costNanos: 7n });
  expect(await next.traces({}, { limit: 9 })).toHaveLength(2);
  expect(await next.deleteSpans({ user: 'bob' })).toEqual({ spans: 0, traces: 0, left: 0 });
  expect(await next.traceSummary(traceId)).toMatchObject({ spans: 1 });
});
