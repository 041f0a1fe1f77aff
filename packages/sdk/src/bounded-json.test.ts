import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { boundedJson, withoutBase64 } from './bounded-json.ts';

const MOST = limits.contentBytesMax;

describe('JSON of a value of the user’s', () => {
  it.each([
    null,
    true,
    -0,
    1e21,
    Number.NaN,
    'text with "quotes", \u2028 and 👋',
    [],
    {},
    [undefined, () => 1, Symbol('s'), 1],
    { a: undefined, b: () => 1, c: [{ d: null }], 'e"': 'f' },
    new Date(0),
    new Date(Number.NaN),
    { toJSON: () => ({ other: 1 }) },
    Object.create({ inherited: 1 }),
    new Map([[1, 2]]),
  ])('%j is written as JSON.stringify does', (value) => {
    expect(boundedJson(value, MOST)).toEqual({ json: JSON.stringify(value), whole: true });
  });

  it('what is as long as the limit is whole, one more is cut', () => {
    expect(boundedJson('abcd', 6)).toEqual({ json: '"abcd"', whole: true });
    expect(boundedJson([1, 2], 5)).toEqual({ json: '[1,2]', whole: true });
    expect(boundedJson([1, 2], 4).whole).toBe(false);
    expect(boundedJson({ a: 1 }, 6).whole).toBe(false);
  });

  it('each property is read once', () => {
    let reads = 0;
    const value = {
      get a() {
        reads++;
        return 1;
      },
    };
    expect(boundedJson(value, MOST).json).toBe('{"a":1}');
    expect(reads).toBe(1);
  });

  it('bytes are told by their size, in whatever form they come', () => {
    const base64 = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256)).toString('base64');
    const value = {
      buffer: Buffer.alloc(100),
      typed: new Float64Array(2),
      base64,
      url: `data:image/png;base64,${base64}`,
    };
    expect(JSON.parse(boundedJson(value, MOST).json)).toEqual({
      buffer: '(100 bytes)',
      typed: '(16 bytes)',
      base64: '(4000 characters of base64)',
      url: 'data:image/png;base64,(4000 characters)',
    });
    expect(withoutBase64(`![cat](data:image/png;base64,${base64}) is a cat`)).toBe(
      '![cat](data:image/png;base64,(4000 characters)) is a cat',
    );
  });

  it('long words are words', () => {
    const words = 'A sentence of 7 words, and again. '.repeat(100);
    expect(boundedJson(words, MOST).json).toBe(JSON.stringify(words));
    expect(withoutBase64(words)).toBe(words);
  });

  it.each<[string, () => unknown]>([
    [
      'a circle',
      () => {
        const circle: Record<string, unknown> = { a: 1 };
        circle.self = circle;
        return circle;
      },
    ],
    [
      'a hundred thousand levels',
      () => {
        let deep: unknown = 1;
        for (let level = 0; level < 100_000; level++) deep = [deep];
        return deep;
      },
    ],
    ['a bigint', () => ({ n: 123n })],
    ['a bigint of a million digits', () => ({ n: 10n ** 1_000_000n })],
    ['a sparse list of four billion', () => Object.assign([], { length: 2 ** 32 - 1 })],
    [
      'a million keys of nothing',
      () => Object.fromEntries(Array.from({ length: 1_000_000 }, (_, key) => [`k${key}`, undefined])),
    ],
    [
      'a toJSON that answers itself',
      () => {
        const self = { toJSON: () => self };
        return self;
      },
    ],
  ])('%s ends', (_, make) => {
    const { json } = boundedJson(make(), 10_000);
    expect(json.length).toBeLessThan(11_000);
  });

  it('what a getter throws is thrown, and the caller records nothing', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(() => boundedJson(revoked.proxy, MOST)).toThrow(TypeError);
  });
});
