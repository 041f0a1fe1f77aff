import { performance } from 'node:perf_hooks';

/**
 * Wall-clock time that runs evenly. Durations come from the monotonic clock; the wall clock only anchors it,
 * and again after it jumped, so that no duration is ever negative and no day-old drift remains.
 */
let anchorWallMs = Date.now();
let anchorMonotonicMs = performance.now();

const DRIFT_MS_MAX = 50;
const CHECK_EVERY_MS = 10_000;

/** Microseconds of the monotonic clock: for durations. */
export function monotonicMicros(): number {
  return Math.round(performance.now() * 1000);
}

/** Microseconds since the Unix epoch. An integer far below 2^53. */
export function wallMicros(): number {
  const monotonic = performance.now();
  const wall = anchorWallMs + (monotonic - anchorMonotonicMs);
  if (monotonic - anchorMonotonicMs > CHECK_EVERY_MS) {
    const now = Date.now();
    anchorWallMs = Math.abs(now - wall) > DRIFT_MS_MAX ? now : wall;
    anchorMonotonicMs = monotonic;
    return Math.round(anchorWallMs * 1000);
  }
  return Math.round(wall * 1000);
}
