/**
 * Money as the API answers it: an exact decimal string of US dollars. Sums are made in whole nano-dollars;
 * only the figure shown to a person is rounded, and a non-zero amount is never shown as zero.
 */

import { usdFromNanos } from '@tallyspan/facts/units';

const NANOS_PER_USD = 1_000_000_000n;
const AMOUNT = /^(-?)(\d+)(?:\.(\d{1,9}))?$/;

/** `2_875_000n` for `"0.002875"`. Throws `RangeError` for what is no exact amount of nano-dollars. */
export function nanosFromUsd(usd: string): bigint {
  const match = AMOUNT.exec(usd);
  if (!match) throw new RangeError(`"${usd}" is not an exact amount of dollars`);
  const [, sign, whole = '0', fraction = ''] = match;
  const nanos = BigInt(whole) * NANOS_PER_USD + BigInt(fraction.padEnd(9, '0'));
  return sign ? -nanos : nanos;
}

/**
 * The figure for a column: cents from a dollar up (`$1,234.50`), four places below (`$0.1480`), and two significant
 * digits below a hundredth of a cent (`$0.0000025`), so that small amounts are small and not zero.
 */
export function formatUsd(usd: string): string {
  const nanos = nanosFromUsd(usd);
  const places = placesFor(magnitude(nanos));
  const unit = 10n ** BigInt(9 - places);
  const rounded = (magnitude(nanos) + unit / 2n) / unit;
  const digits = rounded.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${nanos < 0n ? '−' : ''}$${whole}.${digits.slice(-places)}`;
}

/** Every digit there is, for a tooltip: `$0.002875`. */
export function exactUsd(usd: string): string {
  const nanos = nanosFromUsd(usd);
  const [whole = '0', fraction = ''] = usdFromNanos(magnitude(nanos)).split('.');
  return `${nanos < 0n ? '−' : ''}$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0')}`;
}

/** Amounts of one column with every digit, and as many of them in each: `$0.00343` above `$0.00310`. */
export function exactColumn(amounts: readonly string[]): string[] {
  const exact = amounts.map(exactUsd);
  const places = exact.map((text) => text.length - text.indexOf('.'));
  const most = Math.max(...places);
  return exact.map((text, i) => text + '0'.repeat(most - places[i]!));
}

/** The part of the whole, between 0 and 1; 0 when there is no whole. Close enough to draw, not to add. */
export function shareOf(part: string, whole: string): number {
  const denominator = nanosFromUsd(whole);
  if (denominator <= 0n) return 0;
  return Number((nanosFromUsd(part) * 1_000_000n) / denominator) / 1_000_000;
}

function placesFor(nanos: bigint): number {
  if (nanos === 0n || nanos >= 999_950_000n) return 2;
  if (nanos >= 99_500n) return 4;
  const digits = nanos.toString().length;
  return Math.min(9, 9 - digits + 2);
}

function magnitude(nanos: bigint): bigint {
  return nanos < 0n ? -nanos : nanos;
}
