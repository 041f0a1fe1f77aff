import { expect, it } from 'vitest';
import { clickhouseForTests, openForTest } from '../../test/clickhouse.ts';
import { laterColumns, spansOfFirstVersion } from '../../test/first-version.ts';
import { hex } from '../../test/make-span.ts';

const { engines, newUrl } = clickhouseForTests();

async function ask(sql: string): Promise<string> {
  const response = await fetch(engines()[0]!.url, { method: 'POST', body: sql });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.trim();
}

it('a database of the first version gets its new columns and summaries when it is opened, and keeps everything else', async () => {
  const url = newUrl();
  const database = new URL(url).pathname.slice(1);
  const before = await openForTest({ url });
  await before.add(spansOfFirstVersion);
  const [traces, costs] = [await before.traces({}, { limit: 9 }), await before.costs(['tenant', 'agent'], {})];
  const spans = `SELECT ${laterColumns.join(', ')} FROM ${database}.spans FINAL ORDER BY trace_id, span_id`;
  const filled = await ask(spans);
  await ask(`ALTER TABLE ${database}.spans ${laterColumns.map((column) => `DROP COLUMN ${column}`).join(', ')}`);
  await ask(`DROP TABLE ${database}.summaries`);
  await ask(`CREATE TABLE ${database}.traces (trace_id String) ENGINE = Memory`);
  await ask(`ALTER TABLE ${database}.schema_version DELETE WHERE version = 2 SETTINGS mutations_sync = 1`);

  // Two replicas of the server may start at once.
  const [after] = await Promise.all([openForTest({ url }), openForTest({ url, replica: 'other' })]);
  expect(await after.trace(hex(1, 32))).toHaveLength(3);
  expect(await after.traces({}, { limit: 9 })).toEqual(traces);
  expect(await after.traceSummary(hex(1, 32), 'beta')).toMatchObject({ spans: 1, costNanos: 7n });
  expect(await after.costs(['tenant', 'agent'], {})).toEqual(costs);
  expect(await ask(spans)).toBe(filled);
  expect(filled).toContain('blocked');
  expect(await ask(`EXISTS TABLE ${database}.traces`)).toBe('0');
});
