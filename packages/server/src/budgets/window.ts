import { NANOS_PER_MS } from '@tallyspan/facts';

/** `run` is one run of an agent; the others are those of the calendar in UTC. */
export const windows = ['run', 'hour', 'day', 'month'] as const;
export type Window = (typeof windows)[number];

/** From inclusive, to exclusive, in Unix nanoseconds. */
export interface Span {
  from: bigint;
  to: bigint;
}

/**
 * The window of the calendar that a moment lies in:
 *
 *   month of 2026-11-21T18:24Z  =  2026-11-01T00:00Z … 2026-12-01T00:00Z
 */
export function windowAt(window: Exclude<Window, 'run'>, nanos: bigint): Span {
  const at = new Date(Number(nanos / NANOS_PER_MS));
  const [year, month, day, hour] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()];
  switch (window) {
    case 'hour':
      return between(Date.UTC(year, month, day, hour), Date.UTC(year, month, day, hour + 1));
    case 'day':
      return between(Date.UTC(year, month, day), Date.UTC(year, month, day + 1));
    case 'month':
      return between(Date.UTC(year, month), Date.UTC(year, month + 1));
  }
}

function between(fromMs: number, toMs: number): Span {
  return { from: BigInt(fromMs) * NANOS_PER_MS, to: BigInt(toMs) * NANOS_PER_MS };
}
