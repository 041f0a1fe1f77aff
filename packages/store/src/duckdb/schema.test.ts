import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { filter } from '../../test/filter-oracle.ts';
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

const laterTables = ['DROP TABLE sums', 'DROP TABLE blocks'];
const toFirst = [
  ...[...laterColumns, 'batch'].map((column) => `ALTER TABLE spans DROP COLUMN ${column}`),
  'DROP TABLE traces',
  'CREATE TABLE traces (trace_id VARCHAR)',
  ...laterTables,
  'UPDATE schema_version SET version = 1',
];
const toSecond = ['ALTER TABLE spans DROP COLUMN batch', ...laterTables, 'UPDATE schema_version SET version = 2'];
// An upgrade that was killed between its two transactions.
const half = 'ALTER TABLE spans ADD COLUMN batch BIGINT';

it.for([
  ['the first version', toFirst],
  ['the first version that somebody began to upgrade', [...toFirst, half]],
  ['the second version', toSecond],
  ['the second version that somebody began to upgrade', [...toSecond, half]],
] as const)(
  'a file of %s gets its new columns, summaries and sums when it is opened, and keeps everything else',
  async ([, older]) => {
    const file = join(await tempFolder(), 'spans.duckdb');
    const before = await openDuckdbStore({ file });
    await before.add(spansOfFirstVersion, { segment: 1, offset: 9 });
    const [traces, costs] = [await before.traces({}, { limit: 9 }), await before.costs(['tenant', 'agent'], {})];
    await before.close();
    const columns = laterColumns.join(', ');
    const spans = `SELECT ${columns} FROM spans ORDER BY trace_id, span_id`;
    const filled = await inFile(file, [spans]);
    await inFile(file, older);

    const after = await openDuckdbStore({ file, blockSpans: 2 });
    expect(await after.trace(hex(1, 32))).toHaveLength(3);
    expect(await after.traces({}, { limit: 9 })).toEqual(traces);
    expect(await after.traceSummary(hex(1, 32), 'beta')).toMatchObject({ spans: 1, costNanos: 7n });
    expect(await after.costs(['tenant', 'agent'], {})).toEqual(costs);
    expect(await after.costs(['tenant', 'agent'], { where: filter('has:trace') })).toEqual(costs);
    expect(await after.position()).toEqual({ segment: 1, offset: 9 });
    await after.indexed();
    expect(await after.spans({ where: filter('gpt OR xylophone') }, { limit: 9 })).toHaveLength(2);
    expect(await after.add(spansOfFirstVersion)).toMatchObject({ added: 0 });
    await after.close();
    expect(await inFile(file, [spans])).toEqual(filled);
    expect(filled).toContainEqual(expect.objectContaining({ comparison_group: `it's "one"` }));
    expect(await inFile(file, ['SELECT words FROM blocks'])).toHaveLength(1);
  },
);
