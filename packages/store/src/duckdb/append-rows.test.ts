import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendRows, type ItemColumn } from './append-rows.ts';
import { chunkRowsMax, type ChunkValue } from './chunk.ts';
import { query } from './query.ts';

interface Item {
  text: string | undefined;
  long: string | undefined;
  integer: bigint | number | undefined;
  double: number | undefined;
  flag: boolean | undefined;
}

const columns: ItemColumn<Item>[] = [
  { type: 'VARCHAR', of: ({ text }) => text },
  { type: 'VARCHAR', compression: 'zstd', of: ({ long }) => long },
  { type: 'BIGINT', of: ({ integer }) => integer },
  { type: 'DOUBLE', of: ({ double }) => double },
  { type: 'BOOLEAN', of: ({ flag }) => flag },
];

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});
beforeEach(async () => {
  await connection.run(
    'CREATE OR REPLACE TABLE items (text VARCHAR, long VARCHAR, "integer" BIGINT, double DOUBLE, flag BOOLEAN)',
  );
});

const stored = () => query(connection, 'SELECT * FROM items ORDER BY rowid');
const add = (items: readonly Item[]) => appendRows(connection, 'items', columns, items);

/** As DuckDB answers it: halves of a pair that stand alone are no text, and are replaced. */
function expected(item: Item): Record<string, ChunkValue | null> {
  const { text, long, integer, double, flag } = item;
  return {
    text: wellFormed(text),
    long: wellFormed(long),
    integer: integer === undefined ? null : BigInt(integer),
    double: double ?? null,
    flag: flag ?? null,
  };
}

const wellFormed = (given: string | undefined) => (given === undefined ? null : Buffer.from(given).toString());

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  // Around the twelve bytes that lie in the row itself.
  fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\0', '\ud800'), minLength: 2, maxLength: 14 }),
  fc.constantFrom('', 'gpt-4o', 'gpt-4o-2024-08-06', 'the same as in the row before'),
);
const item: fc.Arbitrary<Item> = fc.record({
  text: fc.option(text, { nil: undefined }),
  long: fc.option(text, { nil: undefined }),
  integer: fc.option(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger()), {
    nil: undefined,
  }),
  double: fc.option(fc.double(), { nil: undefined }),
  flag: fc.option(fc.boolean(), { nil: undefined }),
});

describe('rows that are appended', () => {
  it('come back as they were put in, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 70 }), async (items) => {
        await connection.run('DELETE FROM items');
        await add(items);
        expect(await stored()).toEqual(items.map(expected));
      }),
      { numRuns: 100 },
    );
  });

  it.each([chunkRowsMax - 1, chunkRowsMax, chunkRowsMax + 1, 2 * chunkRowsMax + 3])(
    'may be %i, with nothing of one chunk left in the next',
    async (count) => {
      const items = Array.from({ length: count }, (_, index): Item => {
        const isThere = index % 3 !== 1;
        return {
          text: isThere ? `text number ${index} ${'x'.repeat(index % 30)}` : undefined,
          long: index % 2 ? undefined : 'conversation '.repeat(index % 9),
          integer: isThere ? index : undefined,
          double: index % 5 ? index / 7 : undefined,
          flag: index % 4 ? index % 2 === 0 : undefined,
        };
      });
      await add(items);
      expect(await stored()).toEqual(items.map(expected));
    },
  );

  it('may carry long texts, of which few are handed over together', async () => {
    const items = Array.from({ length: 12 }, (_, index): Item => {
      const long = `${index}${'é'.repeat(1_000_000)}`;
      return { text: `${index}`, long, integer: index, double: index, flag: true };
    });
    await add(items);
    expect(await query(connection, 'SELECT text, strlen(long) AS bytes FROM items ORDER BY rowid')).toEqual(
      items.map(({ text: name }) => ({ text: name, bytes: BigInt(2_000_000 + name!.length) })),
    );
  });

  it('are refused when a number does not fit, and then none of them is kept', async () => {
    const whole = (integer: bigint): Item => ({ text: 'a', long: 'b', integer, double: 1, flag: true });
    await add([whole(2n ** 63n - 1n), whole(-(2n ** 63n))]);
    await connection.run('BEGIN');
    const items = Array.from({ length: chunkRowsMax }, () => whole(1n));
    await expect(add([...items, whole(2n ** 63n)])).rejects.toThrow(RangeError);
    await connection.run('ROLLBACK');
    expect(await query(connection, 'SELECT count(*) AS rows FROM items')).toEqual([{ rows: 2n }]);
  });
});
