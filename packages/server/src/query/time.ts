import { NANOS_PER_MS } from '@tallyspan/facts';

const TIME_MAX = 2n ** 63n - 1n;

/** `2026-11-21T12:00:00.123456789Z` for Unix nanoseconds. */
export function isoFromNanos(nanos: bigint): string {
  const ms = nanos / NANOS_PER_MS;
  const rest = (nanos % NANOS_PER_MS).toString().padStart(6, '0');
  return `${new Date(Number(ms)).toISOString().slice(0, -1)}${rest}Z`;
}

/** The reverse, for any ISO 8601 time with an offset; what lies outside 1970–2262 becomes the nearest time inside. */
export function nanosFromIso(iso: string): bigint {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  const ms = BigInt(Date.parse(iso.replace(/\.\d+/, '')));
  const nanos = ms * NANOS_PER_MS + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return nanos < 0n ? 0n : nanos > TIME_MAX ? TIME_MAX : nanos;
}

/** Milliseconds between two points, with what a double keeps of the nanoseconds. */
export function msBetween(from: bigint, to: bigint): number {
  return Number(to - from) / Number(NANOS_PER_MS);
}
