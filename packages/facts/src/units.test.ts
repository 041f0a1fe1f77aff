import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nanosFromUsd, usdFromNanos } from './units.ts';

describe('money', () => {
  it.each([
    [0n, '0'],
    [2_875_000n, '0.002875'],
    [1n, '0.000000001'],
    [8_250_000_000n, '8.25'],
    [-5n, '-0.000000005'],
    [12_345_678_901_234_567_890n, '12345678901.23456789'],
  ])('%s nano-dollars are $%s', (nanos, usd) => {
    expect(usdFromNanos(nanos)).toBe(usd);
    expect(nanosFromUsd(usd)).toBe(nanos);
  });

  it('goes to text and back without a loss, whatever the amount', () => {
    fc.assert(
      fc.property(fc.bigInt(), (nanos) => {
        expect(nanosFromUsd(usdFromNanos(nanos))).toBe(nanos);
      }),
    );
  });

  it('rounds what is finer than a nano-dollar half up, and takes doubles with exponents', () => {
    expect(nanosFromUsd('0.0000000015')).toBe(2n);
    expect(nanosFromUsd('0.0000000014')).toBe(1n);
    expect(nanosFromUsd(1e-7)).toBe(100n);
    expect(nanosFromUsd(0.00525)).toBe(5_250_000n);
  });

  it.each(['', 'NaN', '1e5', '$1', '1.2.3', ' 1', Number.NaN, Infinity])('%s is no amount', (value) =>
    expect(() => nanosFromUsd(value)).toThrow(RangeError),
  );
});
