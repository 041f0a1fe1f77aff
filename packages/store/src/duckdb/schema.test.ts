import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { laterColumns, spansOfFirstVersion } from '../../test/first-version.ts';
import { hex } from '../../test/make-span.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { openDuckdbStore } from '../index.ts';

async function inFile<T>(file: string, statements: readonly string[]): Promise<T[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  let rows: T[] = [];
  for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowObjectsJS() as T[];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

it('a file of the first version gets its new columns and summaries when it is opened, and keeps everything else', async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  const before = await openDuckdbStore({ file });
  await before.add(spansOfFirstVersion, { segment: 1, offset: 9 });
  const [traces, costs] = [await before.traces({}, { limit: 9 }), await before.costs(['tenant', 'agent'], {})];
  await before.close();
  const columns = laterColumns.join(', ');
  const spans = `SELECT ${columns} FROM spans ORDER BY trace_id, span_id`;
  const filled = await inFile(file, [spans]);
  await inFile(file, [
    ...laterColumns.map((column) => `ALTER TABLE spans DROP COLUMN ${column}`),
    'DROP TABLE traces',
    'CREATE TABLE traces (trace_id VARCHAR)',
    'UPDATE schema_version SET version = 1',
  ]);

  const after = await openDuckdbStore({ file });
  expect(await after.trace(hex(1, 32))).toHaveLength(3);
  expect(await after.traces({}, { limit: 9 })).toEqual(traces);
  expect(await after.traceSummary(hex(1, 32), 'beta')).toMatchObject({ spans: 1, costNanos: 7n });
  expect(await after.costs(['tenant', 'agent'], {})).toEqual(costs);
  expect(await after.position()).toEqual({ segment: 1, offset: 9 });
  expect(await after.add(spansOfFirstVersion)).toMatchObject({ added: 0 });
  await after.close();
  expect(await inFile(file, [spans])).toEqual(filled);
  expect(filled).toContainEqual(expect.objectContaining({ comparison_group: `it's "one"` }));
});
