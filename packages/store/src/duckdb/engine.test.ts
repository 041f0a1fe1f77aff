import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/temp-folder.ts';
import { Engine } from './engine.ts';
import { query } from './query.ts';

/** Would take hours. */
const endless = 'SELECT sum(a.range * b.range) AS sum FROM range(100000000) a, range(100000) b';

it('a question with a limit of time is given up when it is over, and its place is free for others', async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  const engine = await Engine.open({ file, memoryBytesMax: 2 ** 28, prepare: async () => {} });
  const asked = Array.from({ length: 4 }, () => engine.read((connection) => query(connection, endless), 30));
  for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[])
    expect([status, reason]).toMatchObject([
      'rejected',
      { code: 'QUERY_TOO_LONG', what: 'The answer was not there after 0.03 s.' },
    ]);
  const quick = (connection: Parameters<typeof query>[0]) => query(connection, 'SELECT 1 AS one');
  expect(await engine.read(quick, 60_000)).toEqual([{ one: 1 }]);
  expect(await engine.read(quick)).toEqual([{ one: 1 }]);
  await engine.close();
});

it('a limit also ends work between two statements', async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  const engine = await Engine.open({ file, memoryBytesMax: 2 ** 28, prepare: async () => {} });
  const slow = async (connection: Parameters<typeof query>[0]) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return query(connection, endless);
  };
  await expect(engine.read(slow, 30)).rejects.toMatchObject({ code: 'QUERY_TOO_LONG' });
  await engine.close();
});
