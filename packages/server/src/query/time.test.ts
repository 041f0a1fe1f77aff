import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoFromNanos, msBetween, nanosFromIso } from './time.ts';

it('a time keeps its nanoseconds both ways, from 1970 to 2262', () => {
  expect(isoFromNanos(1_763_726_400_123_456_789n)).toBe('2025-11-21T12:00:00.123456789Z');
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (nanos) => {
      expect(nanosFromIso(isoFromNanos(nanos))).toBe(nanos);
    }),
  );
});

it('a time may have an offset and any number of digits', () => {
  expect(nanosFromIso('1970-01-01T01:00:00.5+01:00')).toBe(500_000_000n);
  expect(nanosFromIso('1970-01-01T00:00:01Z')).toBe(1_000_000_000n);
  expect(nanosFromIso('1970-01-01T00:00:00.0000000019Z')).toBe(1n);
});

it('a time outside becomes the nearest one inside', () => {
  expect(nanosFromIso('0001-01-01T00:00:00Z')).toBe(0n);
  expect(nanosFromIso('9999-12-31T23:59:59Z')).toBe(2n ** 63n - 1n);
});

it('a duration is in milliseconds with its fraction', () => {
  expect(msBetween(1_000_000n, 3_500_000n)).toBe(2.5);
});
