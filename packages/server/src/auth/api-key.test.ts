import { expect, it } from 'vitest';
import { hashKey, idOfHash, isWholeKey, looksLikeKey, maskKey, newKey } from './api-key.ts';

it.each(['ingest', 'read', 'admin'] as const)('a key for %s says so, has 256 random bits and a checksum', (scope) => {
  const key = newKey(scope);
  expect(key).toMatch(new RegExp(`^tally_${scope}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`));
  expect([looksLikeKey(key), isWholeKey(key)]).toEqual([true, true]);
  expect(62n ** 43n).toBeGreaterThan(2n ** 256n);
  expect(new Set(Array.from({ length: 100 }, () => newKey(scope))).size).toBe(100);
});

it('a key with any one character changed, left out or added is no key', () => {
  const key = newKey('ingest');
  for (let at = 0; at < key.length; at++) {
    const other = key[at] === 'x' ? 'y' : 'x';
    for (const wrong of [key.slice(0, at) + other + key.slice(at + 1), key.slice(0, at) + key.slice(at + 1)])
      expect([wrong, isWholeKey(wrong)]).toEqual([wrong, false]);
  }
  for (const wrong of [`${key}x`, ` ${key}`, `${key}\n`, '', 'tally_ingest_', key.replace('ingest', 'admin')])
    expect(isWholeKey(wrong)).toBe(false);
});

it('what is kept and shown of a key does not say what it is', () => {
  const key = newKey('read');
  expect(maskKey(key)).toEqual({ prefix: 'tally_read', last4: key.slice(-4) });
  expect(hashKey(key)).toMatch(/^[0-9a-f]{64}$/);
  expect(idOfHash(hashKey(key))).toBe(`k_${hashKey(key).slice(0, 16)}`);
});
