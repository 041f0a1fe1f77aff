import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromTaggedJson, toTaggedJson } from './tagged-json.ts';

function roundTrip(value: unknown): unknown {
  return fromTaggedJson(toTaggedJson(value));
}

/** toEqual takes 0 for -0 and does not look at own keys named __proto__. */
function expectSame(actual: unknown, expected: unknown): void {
  expect(describeValue(actual)).toBe(describeValue(expected));
}

function describeValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(describeValue).join()}]`;
  return `{${Object.keys(value)
    .map((key) => `${JSON.stringify(key)}:${describeValue((value as Record<string, unknown>)[key])}`)
    .join()}}`;
}

describe('tagged JSON', () => {
  it('leaves alone what JSON can say', () => {
    const value = { text: 'a', list: [1, 2.5, true, null], nested: { empty: {} } };
    expect(toTaggedJson(value)).toBe(JSON.stringify(value));
  });

  it.each([
    [12n, '{"~int":"12"}'],
    [-(2n ** 70n), '{"~int":"-1180591620717411303424"}'],
    [Number.NaN, '{"~number":"NaN"}'],
    [Number.NEGATIVE_INFINITY, '{"~number":"-Infinity"}'],
    [-0, '{"~number":"-0"}'],
    [{ '~int': 'x' }, '{"~~int":"x"}'],
    [{ a: [{ '~~number': 1n }] }, '{"a":[{"~~~number":{"~int":"1"}}]}'],
    [JSON.parse('{"__proto__":{"~x":1}}'), '{"__proto__":{"~~x":1}}'],
    ['"~int"', '"\\"~int\\""'],
  ])('%s comes back from %s', (value, text) => {
    expect(toTaggedJson(value)).toBe(text);
    expectSame(fromTaggedJson(text), value);
  });

  it('gives back exactly what was put in, whatever its keys are called', () => {
    const key = fc.oneof(
      fc.constantFrom('~int', '~number', '~', '~~', '__proto__', 'constructor', 'toJSON', 'length'),
      fc.string(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.bigInt(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
      ),
    }));
    fc.assert(
      fc.property(value, (input) => expectSame(roundTrip(input), input)),
      { numRuns: 2000 },
    );
  });

  it('changes no prototype', () => {
    const back = roundTrip(JSON.parse('{"__proto__":{"polluted":true},"n":1,"~":2}')) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(['__proto__', 'n', '~']);
    expect('polluted' in {}).toBe(false);
  });
});
