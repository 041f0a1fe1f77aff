import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Filter } from '@tallyspan/facts/query';
import { filterContract } from '../../test/filter-contract.ts';
import { filter } from '../../test/filter-oracle.ts';
import { hex, makeSpan, noon } from '../../test/make-span.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { type DuckdbStore, openDuckdbStore } from './duckdb-store.ts';

const blockSpans = 5;

async function openStore(file?: string): Promise<DuckdbStore> {
  const store = await openDuckdbStore({ file: file ?? join(await tempFolder(), 'spans.duckdb'), blockSpans });
  onTestFinished(() => store.close());
  return store;
}

/** What is added comes in small batches, and all that can be is in a block before anybody asks. */
filterContract('DuckDB with its index', async () => {
  const store = await openStore();
  return {
    reopen: () => Promise.reject(new Error('not asked for')),
    store: {
      ...store,
      async add(spans) {
        for (let from = 0; from < spans.length; from += blockSpans)
          await store.add(spans.slice(from, from + blockSpans));
        await store.indexed();
        return { added: spans.length, traceIds: [] };
      },
    },
  };
});

describe('the index of the embedded store', () => {
  const say = (span: number, text: string, tenant = 'acme', attributes = {}) =>
    makeSpan({
      trace: span,
      span,
      start: noon + BigInt(span),
      name: 'chat',
      attributes,
      facts: { tenant, operation: 'chat', inputMessages: JSON.stringify([{ role: 'user', content: text }]) },
    });
  const texts = ['red apples', 'green pears', 'blue plums', 'black berries'];
  const sayAll = async (store: DuckdbStore, tenant = 'acme') => {
    for (const [index, text] of texts.entries())
      await store.add(
        Array.from({ length: blockSpans }, (_, place) =>
          say(index * blockSpans + place + 1, `${text} ${place}`, tenant, { 'user.id': `u${index}`, 'ends,': 'a,' }),
        ),
      );
    await store.indexed();
  };
  const found = async (store: DuckdbStore, where: Filter) =>
    (await store.spans({ where }, { limit: 99 }))
      .map(({ spanId }) => Number.parseInt(spanId, 16))
      .sort((a, b) => a - b);
  const rows = async (file: string) => {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    const read = await connection.runAndReadAll(
      'SELECT first_batch, last_batch, words, pairs FROM blocks ORDER BY ALL',
    );
    const blocks = read.getRowObjectsJS() as {
      first_batch: bigint;
      last_batch: bigint;
      words: string;
      pairs: string;
    }[];
    connection.closeSync();
    instance.closeSync();
    return blocks;
  };

  it('has the words and the attributes of all blocks but the newest ones', async () => {
    const file = join(await tempFolder(), 'spans.duckdb');
    const store = await openStore(file);
    await sayAll(store);
    await store.close();
    const blocks = await rows(file);
    expect(blocks.map(({ first_batch: first, last_batch: last }) => [first, last])).toEqual([
      [0n, 1n],
      [2n, 2n],
      [3n, 3n],
    ]);
    expect(blocks[1]!.words.split('\n').sort()).toEqual(
      ['', '', '0', '1', '2', '3', '4', 'chat', 'content', 'green', 'pears', 'role', 'user']
        .concat([6, 7, 8, 9, 10].map((trace) => hex(trace, 32)))
        .sort(),
    );
    expect(blocks[1]!.pairs).toContain('\nuser.id":"u1"');
  });

  it('passes over no block that has what is searched, in whatever way it is asked for', async () => {
    const store = await openStore();
    await sayAll(store);
    expect(await found(store, filter('"een pea"'))).toEqual([6, 7, 8, 9, 10]);
    expect(await found(store, filter('"PEARS 3"'))).toEqual([9]);
    expect(await found(store, filter('pears apples'))).toEqual([]);
    expect(await found(store, filter('"pears 1" OR "plums 1" OR attr.user.id:u0'))).toEqual([1, 2, 3, 4, 5, 7, 12]);
    expect(await found(store, filter('attr.user.id:u* -attr.user.id:u1 -plums -apples'))).toEqual([16, 17, 18, 19, 20]);
    expect(await found(store, filter('attr.ends,:"a," attr.user.id:u2'))).toEqual([11, 12, 13, 14, 15]);
    expect(await found(store, filter('0000000000000000000000000000000b'))).toEqual([11]);
  });

  it('forgets what was deleted and finds what took the place of it', async () => {
    const file = join(await tempFolder(), 'spans.duckdb');
    const store = await openStore(file);
    await sayAll(store);
    await store.replace!([{ old: say(6, 'green pears 0'), span: say(6, 'yellow lemons') }]);
    expect(await found(store, filter('lemons'))).toEqual([6]);
    await store.indexed();
    expect(await found(store, filter('"pears 0"'))).toEqual([]);
    expect(await found(store, filter('lemons'))).toEqual([6]);
    await store.add([say(40, 'white grapes', 'beta')]);
    await store.deleteSpans({ tenant: 'acme' });
    await store.indexed();
    // The numbers of batches go on behind what the index has, also over a restart.
    await store.close();
    const again = await openStore(file);
    await sayAll(again, 'beta');
    expect(await found(again, filter('pears'))).toEqual([6, 7, 8, 9, 10]);
    expect(await found(again, filter('grapes'))).toEqual([40]);
    await again.deleteSpans({ tenant: 'beta' });
    await again.indexed();
    await again.close();
    expect((await rows(file)).map(({ words }) => words.trim()).join('')).toBe('');
  });
});
