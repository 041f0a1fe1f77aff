import { expect, it } from 'vitest';
import { clickhouseForTests } from '../../test/clickhouse.ts';
import { readAddress } from './address.ts';
import { Connection } from './connection.ts';

const { newUrl } = clickhouseForTests();

it('a question with a limit of time is given up when it is over, and the connection stays', async () => {
  const connection = new Connection({ ...readAddress(newUrl()), database: 'default' });
  const slow = 'SELECT sum(sleepEachRow(0.05)) AS sum FROM numbers(40) SETTINGS max_block_size = 1';
  const limited = connection.within(100);
  await expect(limited.query(slow)).rejects.toMatchObject({
    code: 'QUERY_TOO_LONG',
    what: 'The answer was not there after 0.1 s.',
  });
  expect(await limited.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await connection.query(slow)).toHaveLength(1);
  await connection.close();
});
