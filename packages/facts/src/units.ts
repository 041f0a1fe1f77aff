/**
 * Units that must not mix. A brand costs nothing at run time and stops milliseconds from being added to nanoseconds, or dollars to nano-dollars.
 */

/** Nanoseconds since the Unix epoch (a point in time) or between two points (a duration). */
export type Nanos = bigint;

/**
 * Money: billionths of a US dollar, always an integer. `2_500n` is $0.0000025.
 * Sums of integers are exact; only the last step, showing a figure to a person, rounds.
 */
export type NanoUsd = bigint;

/** `"0.002875"` for `2_875_000n`: exact, no exponent, no trailing zeros. What the API answers. */
export function usdFromNanos(nanos: NanoUsd): string {
  const negative = nanos < 0n;
  const digits = (negative ? -nanos : nanos).toString().padStart(10, '0');
  const whole = digits.slice(0, -9);
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** The reverse of {@link usdFromNanos}; anything finer than a nano-dollar is rounded half up. Throws `RangeError` for what is no decimal number. */
export function nanosFromUsd(usd: string | number): NanoUsd {
  const text = typeof usd === 'number' ? decimalText(usd) : usd;
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is not an amount of dollars; write it like 0.0025`);
  const [, sign, whole = '0', fraction = ''] = match;
  const kept = BigInt(whole + fraction.slice(0, 9).padEnd(9, '0'));
  const rounded = kept + (fraction[9] !== undefined && fraction[9] >= '5' ? 1n : 0n);
  return sign ? -rounded : rounded;
}

/** A double without its exponent: 1e-7 → "0.0000001". Twelve places are three more than money has here. */
function decimalText(value: number): string {
  return Number.isFinite(value) ? value.toFixed(12) : String(value);
}

export const NANOS_PER_MS = 1_000_000n;
export const NANOS_PER_SECOND = 1_000_000_000n;
