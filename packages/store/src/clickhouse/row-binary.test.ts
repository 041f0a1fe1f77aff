import { describe, expect, it } from 'vitest';
import { RowWriter, writerOf } from './row-binary.ts';

function bytesOf(type: string, ...values: unknown[]): string {
  const writer = new RowWriter(1);
  for (const value of values) writerOf(type)(writer, value);
  return writer.bytes().toString('hex');
}

describe('a value in RowBinary', () => {
  it.each([
    ['String', 'hi', '026869'],
    ['LowCardinality(String)', 'é', '02c3a9'],
    ['Nullable(String)', 'hi', '00026869'],
    ['Nullable(String)', undefined, '01'],
    ['LowCardinality(Nullable(String))', '', '0000'],
    ['Int64', -2n, 'feffffffffffffff'],
    ['Int64', -2, 'feffffffffffffff'],
    ['Int64', 2 ** 53 - 1, 'ffffffffffff1f00'],
    ['Int64', -(2 ** 53 - 1), '010000000000e0ff'],
    ['Nullable(Int64)', 2n ** 63n - 1n, '00ffffffffffffff7f'],
    ['SimpleAggregateFunction(min, Int64)', 1n, '0100000000000000'],
    ['Float64', 1, '000000000000f03f'],
    ['Bool', true, '01'],
    ['FixedString(2)', 'a1b2', 'a1b2'],
    ['FixedString(2)', '', '0000'],
  ])('%s %s', (type, value, hex) => {
    expect(bytesOf(type, value)).toBe(hex);
  });

  it('has its length before it, in as many bytes as that takes', () => {
    for (const [length, head] of [
      [42, '2a'],
      [43, '2b'],
      [127, '7f'],
      [128, '8001'],
      [16_383, 'ff7f'],
      [16_384, '808001'],
    ] as const)
      expect(bytesOf('String', 'x'.repeat(length))).toBe(head + '78'.repeat(length));
    // Characters of several bytes, around the length from which on they are counted first.
    for (const length of [41, 42, 43]) {
      const text = '€'.repeat(length);
      expect(
        Buffer.from(bytesOf('String', text), 'hex')
          .subarray(length * 3 > 127 ? 2 : 1)
          .toString(),
      ).toBe(text);
    }
  });

  it('that the type cannot hold is refused, and so is a type that nobody writes', () => {
    expect(() => bytesOf('Int64', 2n ** 63n)).toThrow(RangeError);
    for (const id of ['a1', 'a1b2c3', 'a1zz', 'a1b'])
      expect(() => bytesOf('FixedString(2)', id), id).toThrow(RangeError);
    expect(() => writerOf('Array(String)')).toThrow('nothing writes Array(String)');
  });
});
