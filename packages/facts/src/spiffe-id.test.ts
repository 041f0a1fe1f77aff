import { describe, expect, it } from 'vitest';
import { isTrustDomain, parseSpiffeId } from './spiffe-id.ts';

describe('a SPIFFE id', () => {
  it.each([
    ['spiffe://example.org/agent/acme/analyst/main', 'example.org', '/agent/acme/analyst/main'],
    ['spiffe://example.org', 'example.org', ''],
    ['spiffe://stage_1.example-org/A.b_c-9', 'stage_1.example-org', '/A.b_c-9'],
    ['spiffe://10.0.0.1/...', '10.0.0.1', '/...'],
    ['spiffe://x/.hidden', 'x', '/.hidden'],
  ])('%s is read', (id, trustDomain, path) => {
    expect(parseSpiffeId(id)).toEqual({ id, trustDomain, path });
  });

  it.each([
    ['nothing', ''],
    ['another scheme', 'https://example.org/a'],
    ['a scheme in capitals', 'SPIFFE://example.org/a'],
    ['no trust domain', 'spiffe:///a'],
    ['a trust domain in capitals', 'spiffe://Example.org/a'],
    ['a port', 'spiffe://example.org:443/a'],
    ['an empty port', 'spiffe://example.org:/a'],
    ['userinfo', 'spiffe://me@example.org/a'],
    ['a query', 'spiffe://example.org/a?b'],
    ['a fragment', 'spiffe://example.org/a#b'],
    ['a percent escape', 'spiffe://example.org/%61'],
    ['a percent escape in the trust domain', 'spiffe://%65xample.org/a'],
    ['a slash at the end', 'spiffe://example.org/a/'],
    ['only a slash', 'spiffe://example.org/'],
    ['an empty segment', 'spiffe://example.org//a'],
    ['a dot segment', 'spiffe://example.org/./a'],
    ['a dot segment at the end', 'spiffe://example.org/a/.'],
    ['two dots', 'spiffe://example.org/a/../b'],
    ['two dots at the end', 'spiffe://example.org/a/..'],
    ['a line break at the end', 'spiffe://example.org/a\n'],
    ['a letter that is not ASCII', 'spiffe://example.org/ä'],
    ['a space', 'spiffe://example.org/a b'],
    ['one slash', 'spiffe:/example.org/a'],
  ])('%s makes it none', (_, text) => {
    expect(parseSpiffeId(text)).toBeUndefined();
  });

  it('may have 2,048 bytes, and a trust domain 255', () => {
    const ofLength = (bytes: number) => `spiffe://example.org/${'a'.repeat(bytes - 21)}`;
    expect(parseSpiffeId(ofLength(2048))?.id).toHaveLength(2048);
    expect(parseSpiffeId(ofLength(2049))).toBeUndefined();
    expect(parseSpiffeId(`spiffe://${'d'.repeat(255)}/a`)?.trustDomain).toHaveLength(255);
    expect(parseSpiffeId(`spiffe://${'d'.repeat(256)}/a`)).toBeUndefined();
  });

  it('is none when it is no text at all', () => {
    for (const value of [undefined, null, 7, ['spiffe://example.org/a'], {}])
      expect(parseSpiffeId(value as string)).toBeUndefined();
  });
});

it('a trust domain is a name without scheme', () => {
  expect(isTrustDomain('example.org')).toBe(true);
  for (const wrong of ['', 'Example.org', 'spiffe://example.org', 'example.org/a', 'a'.repeat(256)])
    expect(isTrustDomain(wrong)).toBe(false);
});
