import { NANOS_PER_MS, NANOS_PER_SECOND, usdFromNanos } from '@tallyspan/facts';
import { type Amounts, type Unit, units } from './amounts.ts';
import type { Span } from './window.ts';

export interface Forecast {
  /** What the window ends with when it goes on like this. */
  atEnd: Amounts;
  /** When the first limit is reached, in Unix nanoseconds; undefined when none is in this window. */
  usedUpAt: bigint | undefined;
  /** How it was reckoned, for a person. */
  explained: string;
}

/** Before this part of the window has passed one call would decide everything. */
const KNOWN_AFTER_PART = 100n;

/**
 * A straight line from the begin of the window through now. Undefined in the first hundredth of a window: too little has happened.
 *
 *   $3 after 8 of 24 hours  →  $9 at the end; a limit of $6 is used up after 16 hours
 */
export function forecast(
  spent: Amounts,
  limits: Readonly<Partial<Amounts>>,
  { from, to }: Span,
  now: bigint,
): Forecast | undefined {
  const whole = to - from;
  const passed = now < to ? now - from : whole;
  if (passed * KNOWN_AFTER_PART < whole) return undefined;
  const atEnd = { usd: 0n, tokens: 0n, calls: 0n };
  let usedUpAt: bigint | undefined;
  let nearest: Unit = units.find((unit) => limits[unit] !== undefined) ?? 'usd';
  for (const unit of units) {
    atEnd[unit] = (spent[unit] * whole) / passed;
    const limit = limits[unit];
    if (limit === undefined || spent[unit] <= 0n) continue;
    const at = from + (passed * limit) / spent[unit];
    if (at >= to || (usedUpAt !== undefined && at >= usedUpAt)) continue;
    usedUpAt = at;
    nearest = unit;
  }
  const show = (amount: bigint) => (nearest === 'usd' ? `$${usdFromNanos(roughly(amount))}` : `${amount} ${nearest}`);
  const explained = `${show(spent[nearest])} in ${duration(passed)} of ${duration(whole)}; at that rate ${show(atEnd[nearest])} at the end.`;
  return { atEnd, usedUpAt, explained };
}

/** To a tenth of a cent: it is a guess. */
function roughly(nanos: bigint): bigint {
  return nanos - (nanos % NANOS_PER_MS);
}

function duration(nanos: bigint): string {
  const minutes = nanos / (60n * NANOS_PER_SECOND);
  if (minutes < 120n) return `${minutes} min`;
  const hours = minutes / 60n;
  return hours < 72n ? `${hours} h` : `${hours / 24n} days`;
}
