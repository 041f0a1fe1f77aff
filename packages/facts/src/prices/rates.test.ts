import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, nanosOf, rateForInput, rateFrom, ratesAt } from './rates.ts';

describe('a rate', () => {
  it('is exact, however many decimals its price has', () => {
    expect(rateFrom(2.5)).toMatchObject({ numerator: 2500n, denominator: 1n });
    expect(rateFrom(0.0028)).toMatchObject({ numerator: 14n, denominator: 5n });
    expect(rateFrom(1e-7)).toMatchObject({ numerator: 1n, denominator: 10_000n });
    expect(rateFrom(0)).toMatchObject({ numerator: 0n });
    expect(rateFrom(0.08333333333333334)).toMatchObject({
      numerator: 4166666666666667n,
      denominator: 50_000_000_000_000n,
    });
    expect(rateFrom(1e21)).toMatchObject({ numerator: 10n ** 24n, denominator: 1n });
  });

  it('is a number of dollars that is not negative', () => {
    for (const price of [-1, NaN, Infinity]) expect(() => rateFrom(price)).toThrow(RangeError);
  });

  it('LLM-50 times tokens is the integer that big-number arithmetic gives, rounded half up', () => {
    const decimals = 6;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 600 * 10 ** decimals }),
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        (micros, tokens) => {
          const rate = rateFrom(micros / 10 ** decimals);
          // Micro-dollars per million tokens are thousandths of a nano-dollar per token.
          const thousandths = BigInt(micros) * BigInt(tokens);
          expect(nanosOf(tokens, rate, undefined)).toBe((thousandths + 500n) / 1000n);
          expect(nanosOf(tokens, rate, [1n, 2n])).toBe((thousandths + 1000n) / 2000n);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('rounds half a nano-dollar up', () => {
    expect(nanosOf(1, rateFrom(0.0005), undefined)).toBe(1n);
    expect(nanosOf(1, rateFrom(0.00049), undefined)).toBe(0n);
    expect(nanosOf(3, rateFrom(0.0005), undefined)).toBe(2n);
  });
});

describe('tiers', () => {
  const tiered = compile([{ rates: { input: [1, [500, 3], [200, 2]] } }])[0]!.rates.input!;

  it('bill the whole call at the rate that its input reaches, above the start and not at it', () => {
    const at = (inputTokens: number) => rateForInput(tiered, inputTokens).usdPerMillion;
    expect([0, 200, 201, 500, 501].map(at)).toEqual([1, 1, 2, 2, 3]);
  });
});

describe('a kind of token without a price of its own', () => {
  const types = (rates: Parameters<typeof compile>[0][number]['rates']) =>
    Object.fromEntries(
      Object.entries(compile([{ rates }])[0]!.rates).map(([type, rate]) => [type, rate.base.usdPerMillion]),
    );

  it('has the price of the kind it is a part of', () => {
    expect(types({ input: 1, cache_read: 2, cache_write: 3, output: 4 })).toEqual({
      input: 1,
      cache_read: 2,
      cache_write: 3,
      cache_write_1h: 3,
      input_audio: 1,
      cache_read_audio: 2,
      input_image: 1,
      output: 4,
      reasoning: 4,
      output_audio: 4,
      output_image: 4,
    });
  });

  it('has none when that has none', () => {
    expect(types({ input: 1 })).not.toHaveProperty('output');
    expect(types({})).toEqual({});
  });
});

describe('prices change', () => {
  const rows = compile([
    { rates: { input: 1 } },
    { from: '2026-03-01', until: '2026-04-01', rates: { input: 2 } },
    { between: [16 * 3600 + 1800, 1800], rates: { input: 3 } },
  ]);
  const at = (time: string) => ratesAt(rows, Date.parse(time))?.input?.base.usdPerMillion;

  it('at midnight UTC of a day', () => {
    expect(at('2026-02-28T15:59:59.999Z')).toBe(1);
    expect(at('2026-03-01T00:30:00Z')).toBe(2);
    expect(at('2026-03-31T15:59:59.999Z')).toBe(2);
    expect(at('2026-04-01T00:30:00Z')).toBe(1);
  });

  it('by the hour, also across midnight', () => {
    expect(at('2026-01-01T16:29:59.999Z')).toBe(1);
    expect(at('2026-01-01T16:30:00Z')).toBe(3);
    expect(at('2026-01-02T00:29:59.999Z')).toBe(3);
    expect(at('2026-01-02T00:30:00Z')).toBe(1);
    expect(at('1969-12-31T23:00:00Z')).toBe(3);
  });

  it('and there is none before the first', () => {
    expect(ratesAt(compile([{ from: '2026-01-01', rates: { input: 1 } }]), Date.parse('2025-12-31'))).toBeUndefined();
    expect(ratesAt(rows, NaN)).toBeUndefined();
  });
});
