import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { harness } from '../../test/harness.ts';
import { type RedisServer, startRedis } from '../../test/redis-server.ts';
import { observeCache, redis, tieredCache, unobserveCache } from './index.ts';

const h = harness();
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

const looks = async () =>
  (await h.spans()).map(({ attributes }) => [
    attributes['tally.cache.tier'],
    attributes['tally.cache.name'],
    attributes['tally.cache.hit'],
  ]);

it('OBS-12 a Map under observation is the same Map, and each look is a span without key and value', async () => {
  const map = new Map([['secret-key', 'secret-value']]);
  expect(observeCache(map, { name: 'answers' })).toBe(map);
  expect(observeCache(map)).toBe(map);
  expect([map.get('secret-key'), map.get('no'), map.has('secret-key'), map.size]).toEqual([
    'secret-value',
    undefined,
    true,
    1,
  ]);
  expect([map instanceof Map, map.get.name, Object.keys(map)]).toEqual([true, 'get', []]);
  expect(await looks()).toEqual([
    ['L1', 'answers', true],
    ['L1', 'answers', false],
  ]);
  expect(h.sink.bytes().toString('latin1')).not.toMatch(/secret-(key|value)/);
  expect(unobserveCache(map)).toBe(map);
  expect(Object.hasOwn(map, 'get')).toBe(false);
});

it('both Redis clients are watched in place, pipelines and callbacks work on', async () => {
  const ioredis = observeCache(new Redis({ path: server.path }), { tier: 'L2', name: 'io' });
  const nodeRedis = createClient({ socket: { path: server.path, tls: false } });
  await nodeRedis.connect();
  observeCache(nodeRedis, { tier: 'L2', name: 'node', methods: ['get', 'hGet'] });
  try {
    await ioredis.set('key', 'value');
    expect([await ioredis.get('key'), await nodeRedis.get('key'), await nodeRedis.hGet('h', 'f')]).toEqual([
      'value',
      'value',
      null,
    ]);
    expect(await new Promise((resolve) => void ioredis.get('key', (error, found) => resolve([error, found])))).toEqual([
      null,
      'value',
    ]);
    expect(await ioredis.pipeline().get('key').exec()).toEqual([[null, 'value']]);
    expect(
      (
        await tieredCache({ name: 'tiers', l2: redis(ioredis, { prefix: '' }), sharedTimeoutMs: 10_000 }).lookup(
          'none',
          () => 1,
        )
      ).tier,
    ).toBe('L3');
    await ioredis.hset('hash', 'a', 1);
    await expect(ioredis.get('hash')).rejects.toThrow('WRONGTYPE');
    // With a callback nobody looks at the promise: its rejection must not end the process.
    expect(await new Promise((resolve) => void ioredis.get('hash', (error) => resolve(error?.name)))).toBe(
      'ReplyError',
    );
  } finally {
    ioredis.disconnect();
    nodeRedis.destroy();
  }
  expect(await looks()).toEqual([
    ['L2', 'io', true],
    ['L2', 'node', true],
    ['L2', 'node', false],
    ['L2', 'io', true],
    ['L1', 'tiers', false],
    ['L2', 'tiers', false],
    ['L3', 'tiers', true],
    ['L2', 'io', false],
    ['L2', 'io', false],
  ]);
});

it('OBS-35 OBS-36 every look is counted, also of those beyond the limit of spans', async () => {
  const map = observeCache(new Map([['there', 1]]), { spansPerSecondMax: 2 });
  for (let count = 0; count < 20_000; count++) map.get(count % 5 === 0 ? 'gone' : 'there');
  const spans = await h.spans();
  expect(spans.length).toBeGreaterThanOrEqual(2);
  expect(spans.length).toBeLessThan(100);
  const value = (metric: string) => h.sink.points().find((point) => point.metric === metric)?.value;
  expect([value('tally.cache.hits'), value('tally.cache.misses')]).toEqual([16_000, 4_000]);
});

it('errors of a cache are its own, a frozen one is left alone, and what stands for nothing can be said', async () => {
  const broken = { get: (): unknown => { throw new RangeError('mine'); } }; // prettier-ignore
  expect(() => observeCache(broken).get()).toThrow(new RangeError('mine'));
  const frozen = Object.freeze({ get: () => 1 });
  expect(observeCache(frozen).get()).toBe(1);
  const wrapping = observeCache(
    { get: () => ({ found: false }) },
    { isHit: (value) => (value as { found: boolean }).found },
  );
  expect(wrapping.get()).toEqual({ found: false });
  expect((await looks()).map(([, , hit]) => hit)).toEqual([false, false]);
});
