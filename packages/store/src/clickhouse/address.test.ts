import { describe, expect, it } from 'vitest';
import { readAddress } from './address.ts';

const http = 'http://db:8123';

describe('the address of a ClickHouse', () => {
  it.each([
    ['clickhouse://db', { url: http, database: 'tallyspan' }],
    ['clickhouse://db:9123/spans', { url: 'http://db:9123', database: 'spans' }],
    ['clickhouse://me:p%40ss@db/spans', { url: http, username: 'me', password: 'p@ss', database: 'spans' }],
    ['clickhouses://db', { url: 'https://db:8443', database: 'tallyspan' }],
    ['http://db/spans', { url: http, database: 'spans' }],
    ['https://db:443', { url: 'https://db:8443', database: 'tallyspan' }],
    ['clickhouse://[::1]:8123', { url: 'http://[::1]:8123', database: 'tallyspan' }],
  ])('%s', (text, address) => {
    expect(readAddress(text)).toEqual(address);
  });

  it.each([
    'db:8123',
    'postgres://db',
    'clickhouse://db/a`b',
    'clickhouse://db/a/b',
    `clickhouse://db/${'a'.repeat(64)}`,
    'clickhouse://db?user=me',
    'clickhouse://',
    '',
  ])('that is none is refused: %j', (text) => {
    expect(() => readAddress(text)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it('is refused without telling its password', () => {
    for (const text of ['wrong://me:hunter2@db', 'clickhouse://me:hunter2@db?x=1', 'me:hunter2@db//x'])
      expect(() => readAddress(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
      );
  });
});
