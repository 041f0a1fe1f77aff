import { expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

it('holds no more entries than it may, and forgets the oldest', () => {
  const cache = new BoundedCache<number>(10);
  for (let key = 0; key < 10; key++) cache.set(`${key}`, key);
  expect(cache.size).toBe(10);
  cache.set('10', 10);
  expect(cache.size).toBeLessThanOrEqual(10);
  expect(cache.get('0')).toBeUndefined();
  expect(cache.get('10')).toBe(10);
});

it('keeps what is in use, however many new keys come', () => {
  const cache = new BoundedCache<string>(10);
  cache.set('used', 'yes');
  for (let key = 0; key < 1000; key++) {
    cache.set(`new ${key}`, 'no');
    expect(cache.get('used')).toBe('yes');
    expect(cache.size).toBeLessThanOrEqual(10);
  }
});
