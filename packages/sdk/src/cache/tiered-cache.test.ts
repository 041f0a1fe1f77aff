import { limits } from '@tallyspan/facts';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { harness } from '../../test/harness.ts';
import { type RedisServer, startRedis } from '../../test/redis-server.ts';
import { agent } from '../agent.ts';
import { memory, redis, type RedisClient, type SharedStore, tieredCache } from './index.ts';

const h = harness();
let server: RedisServer;
let ioredis: Redis;
let nodeRedis: ReturnType<typeof createClient>;

beforeAll(async () => {
  server = await startRedis();
  ioredis = new Redis({ path: server.path, lazyConnect: true });
  ioredis.on('error', () => {});
  await ioredis.connect();
  nodeRedis = createClient({ socket: { path: server.path, tls: false } });
  nodeRedis.on('error', () => {});
  await nodeRedis.connect();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await ioredis.flushall();
});
afterAll(async () => {
  ioredis.disconnect();
  nodeRedis.destroy();
  await server.close();
});

const clients: [string, () => RedisClient][] = [
  ['ioredis 6', () => ioredis],
  ['redis 6 (node-redis)', () => nodeRedis],
];
/** A busy machine must not make a Redis look slow. */
const patient = { sharedTimeoutMs: 10_000 };
const key = '11'.repeat(32);
const otherKey = '22'.repeat(32);

/** What the lookups of a test were: tier, hit. */
const looks = async () =>
  (await h.spans())
    .filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'cache_lookup')
    .map(({ attributes }) => [attributes['tally.cache.tier'], attributes['tally.cache.hit']]);
const points = async (metric: string) => {
  await h.spans();
  return h.sink.points().filter((point) => point.metric === metric);
};
/** What was written in the background is there. */
const written = () => vi.waitFor(async () => expect(await ioredis.dbsize()).toBe(1));
const all = async () => {
  const keys = await ioredis.keys('*');
  return JSON.stringify([keys, await Promise.all(keys.map((each) => ioredis.get(each)))]);
};

describe.each(clients)('a shared tier over %s', (_, client) => {
  it('OBS-12 a value is asked for tier by tier, and each tier that is asked is one span with tier and hit', async () => {
    const first = tieredCache({ name: 'rates', l2: redis(client()), ...patient });
    expect(await first.get('EUR', async () => ({ rate: 1.08 }))).toEqual({ rate: 1.08 });
    await written();
    const second = tieredCache({ name: 'rates', l2: redis(client()), ...patient });
    expect(await second.lookup('EUR', () => Promise.reject(new Error('not asked')))).toEqual({
      value: { rate: 1.08 },
      tier: 'L2',
    });
    expect((await second.lookup('EUR', () => 0 as never)).tier).toBe('L1');

    expect(await looks()).toEqual([
      ['L1', false],
      ['L2', false],
      ['L3', true],
      ['L1', false],
      ['L2', true],
      ['L1', true],
    ]);
    const [span] = await h.spans();
    expect(span).toMatchObject({ name: 'cache_lookup L1', attributes: { 'tally.cache.name': 'rates' }, failed: false });
    expect(span!.end >= span!.start).toBe(true);
  });

  it('an entry leaves the shared tier when it is stale: ten minutes before the end of the value, or at half of a short life', async () => {
    const cache = tieredCache({ l2: redis(client()), ...patient });
    const options = { expiresAt: (end: number) => end };
    await cache.get('long', () => Date.now() + 3_600_000, options);
    await vi.waitFor(async () => expect(await ioredis.pttl('tallyspan:long')).toBeGreaterThan(0));
    const long = await ioredis.pttl('tallyspan:long');
    expect(long).toBeGreaterThan(49 * 60_000);
    expect(long).toBeLessThanOrEqual(50 * 60_000);
    await cache.get('short', () => Date.now() + 300_000, options);
    await vi.waitFor(async () => expect(await ioredis.pttl('tallyspan:short')).toBeGreaterThan(0));
    expect(await ioredis.pttl('tallyspan:short')).toBeLessThanOrEqual(150_000);
    await cache.get('over', () => Date.now() - 1, options);
    expect((await cache.lookup('over', () => Date.now() - 1, options)).tier).toBe('L3');
  });
});

describe('secrets in a shared tier', () => {
  const secret = { secret: true };

  it('are encrypted, and open in another process with the key, under their own name only', async () => {
    vi.stubEnv('TALLYSPAN_CACHE_KEY', key);
    await tieredCache({ l2: redis(ioredis), ...patient }).get('one', () => 'geheimnis-1', secret);
    await written();
    expect(await all()).not.toContain('geheimnis');
    expect((await tieredCache({ l2: redis(ioredis), ...patient }).lookup('one', () => '', secret)).value).toBe(
      'geheimnis-1',
    );

    await ioredis.rename('tallyspan:one', 'tallyspan:two');
    expect(await tieredCache({ l2: redis(ioredis), ...patient }).lookup('two', () => 'mine', secret)).toEqual({
      value: 'mine',
      tier: 'L3',
    });
  });

  it('stay in this process where there is no key, or one that is none', async () => {
    for (const encryptionKey of ['', 'not a key']) {
      const cache = tieredCache({ l2: redis(ioredis), ...patient, encryptionKey });
      await cache.get('one', () => 'geheimnis-2', secret);
      expect((await cache.lookup('one', () => '', secret)).tier).toBe('L1');
    }
    expect(await ioredis.dbsize()).toBe(0);
    expect(await looks()).not.toContainEqual(['L2', false]);
  });

  it('a new key takes over while the old one still opens; a foreign one opens nothing', async () => {
    const look = (encryptionKey: string) =>
      tieredCache({ l2: redis(ioredis), ...patient, encryptionKey }).lookup('one', () => 'loaded', secret);
    await look(key);
    await written();
    expect((await look(`${otherKey},${key}`)).tier).toBe('L2');
    expect((await look(otherKey)).tier).toBe('L3');
  });
});

it('rubbish in the shared tier is a miss: no shape, size or lie of it reaches the caller', async () => {
  const entry = (value: unknown, staleAt: unknown = Date.now() + 60_000) => JSON.stringify({ staleAt, value });
  const rubbish = [
    '', 'null', '[]', '{', '"text"', '\u0000\uD800', entry(undefined), entry(null), entry(1, Date.now() - 1), entry(1, 'soon'),
    'x'.repeat(limits.cacheEntryBytesMax * 2 + 1), '[' .repeat(100_000), '{"__proto__":{"staleAt":9e15,"value":1}}',
  ]; // prettier-ignore
  for (const [index, text] of rubbish.entries()) {
    const store: SharedStore = { get: async () => text, set: async () => {}, delete: async () => {} };
    const cache = tieredCache({ l2: store, spansPerSecondMax: 0 });
    expect(await cache.lookup(`key-${index}`, () => 'loaded'), text.slice(0, 40)).toEqual({
      value: 'loaded',
      tier: 'L3',
    });
  }
  expect(({} as { staleAt?: unknown }).staleAt).toBeUndefined();
});

it('a shared tier that hangs, fails or throws costs no value, and its lookup says why; after three it is left alone', async () => {
  let asked = 0;
  const stores: Record<string, SharedStore['get']> = {
    TimeoutError: () => (asked++, new Promise(() => {})),
    ReplyError: () => (asked++, Promise.reject(Object.assign(new Error('geheimnis'), { name: 'ReplyError' }))),
    TypeError: () => {
      asked++;
      throw new TypeError('geheimnis');
    },
  };
  for (const [name, get] of Object.entries(stores)) {
    asked = 0;
    const store: SharedStore = { get, set: () => new Promise(() => {}), delete: () => new Promise(() => {}) };
    const cache = tieredCache({ l2: store, sharedTimeoutMs: 5 });
    for (let count = 0; count < 6; count++) expect(await cache.get(`${name}-${count}`, () => count)).toBe(count);
    await cache.delete('0');
    expect(asked).toBeLessThanOrEqual(limits.cacheSharedFailuresMax);
    const spans = (await h.spans()).filter(({ attributes }) => attributes['tally.cache.tier'] === 'L2');
    expect(spans.at(-6)).toMatchObject({ failed: true, attributes: { 'error.type': name, 'tally.cache.hit': false } });
    expect(spans.at(-1)!.attributes['error.type']).toBe('CircuitOpenError');
  }
});

it.each(clients)(
  '%s: a Redis that stopped answering delays a value by the time limit, and not more',
  async (_, client) => {
    await ioredis.ping();
    const cache = tieredCache({ l2: redis(client()), sharedTimeoutMs: 20 });
    server.freeze();
    try {
      expect(await cache.get('frozen', () => 'loaded')).toBe('loaded');
    } finally {
      server.thaw();
    }
    expect(await looks()).toEqual([
      ['L1', false],
      ['L2', false],
      ['L3', true],
    ]);
    await ioredis.ping();
  },
);

it('callers who miss the same key at once load it once; errors and nothing are not kept', async () => {
  const cache = tieredCache();
  let loads = 0;
  const load = async () => (loads++, `value-${loads}`);
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => cache.get('key', load))))).toEqual(
    new Set(['value-1']),
  );

  const failing = () => Promise.reject(new Error(`down ${++loads}`));
  const failed = await Promise.allSettled([cache.get('other', failing), cache.get('other', failing)]);
  expect(failed.map((each) => String((each as PromiseRejectedResult).reason))).toEqual([
    'Error: down 2',
    'Error: down 2',
  ]);
  for (const nothing of [undefined, null]) {
    expect((await cache.lookup('none', () => nothing)).tier).toBe('L3');
    expect((await cache.lookup('none', () => nothing)).tier).toBe('L3');
  }
  await cache.delete('key');
  expect(await cache.get('key', () => 'anew')).toBe('anew');
});

it('OBS-35 OBS-36 OBS-37 hits, misses and durations are counted by tier, also of lookups that have no span', async () => {
  const cache = tieredCache({ spansPerSecondMax: 3 });
  await agent({ name: 'a' }, async () => {
    for (let count = 0; count < 40; count++) await cache.get(`key-${count % 10}`, () => count);
  })();
  expect((await looks()).length).toBeLessThan(60);
  const by = async (metric: string) =>
    Object.fromEntries(
      (await points(metric)).map((point) => [point.attributes['tally.cache.tier'], point.count ?? point.value]),
    );
  expect(await by('tally.cache.hits')).toEqual({ L1: 30, L3: 10 });
  expect(await by('tally.cache.misses')).toEqual({ L1: 10 });
  expect(await by('tally.cache.lookup.duration')).toEqual({ L1: 40, L3: 10 });
});

describe('memory', () => {
  const soon = () => Date.now() + 60_000;

  it('keeps as many entries as it may, and lets go of the one that was not asked for longest', () => {
    const tier = memory({ entriesMax: 3 });
    for (const each of ['a', 'b', 'c']) tier.set(each, each, soon());
    expect([tier.entries, tier.get('a')]).toEqual([3, 'a']);
    tier.set('d', 'd', soon());
    expect(['a', 'b', 'c', 'd'].map((each) => tier.get(each))).toEqual(['a', undefined, 'c', 'd']);
  });

  it('keeps as many bytes as it may: the last that fits, not the first that does not', () => {
    const empty = memory();
    empty.set('k', 'x'.repeat(1000), soon());
    const { bytes } = empty;
    const tier = memory({ bytesMax: bytes * 2 });
    for (const each of ['a', 'b']) tier.set(each, 'x'.repeat(1000), soon());
    expect([tier.entries, tier.bytes]).toEqual([2, bytes * 2]);
    tier.set('c', 'x'.repeat(1001), soon());
    expect([tier.get('a'), tier.entries]).toEqual([undefined, 1]);
    tier.set('d', 'x'.repeat(bytes), soon());
    expect([tier.get('d'), tier.bytes <= bytes * 2]).toEqual([undefined, true]);
    tier.clear();
    expect([tier.entries, tier.bytes]).toEqual([0, 0]);
  });

  it('gives no stale value, and no hostile one can make it throw', () => {
    const tier = memory();
    tier.set('old', 1, Date.now());
    tier.set('never', 1, Number.NaN);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    tier.set('circle', circle, soon());
    const throwing = { get trap() { throw new Error('trap'); } }; // prettier-ignore
    tier.set('throwing', throwing, soon());
    expect(['old', 'never', 'circle', 'throwing'].map((each) => tier.get(each))).toEqual([
      undefined,
      undefined,
      circle,
      undefined,
    ]);
  });
});
