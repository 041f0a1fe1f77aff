import { performance } from 'node:perf_hooks';

/** A moment, on the wall and on the clock that never jumps: microseconds, integers far below 2^53. */
export interface Moment {
  /** Since the Unix epoch. */
  wall: number;
  /** Since this process began: for durations. */
  monotonic: number;
}

/**
 * What turns the monotonic clock into the wall clock. It is looked at again now and then and moved only after the wall clock jumped,
 * so that no duration is ever negative and no day-old drift remains.
 */
let offsetMicros = Math.round((Date.now() - performance.now()) * 1000);
let checkedMicros = monotonicMicros();

const DRIFT_MICROS_MAX = 50_000;
const CHECK_EVERY_MICROS = 10_000_000;

/** Microseconds of the monotonic clock: for durations. */
export function monotonicMicros(): number {
  return Math.round(performance.now() * 1000);
}

/** Microseconds since the Unix epoch. */
export function wallMicros(): number {
  return moment().wall;
}

/**
 * Now, from one look at one clock: two looks have a pause of the process between them, and what was begun inside of something
 * would end after it.
 */
export function moment(): Moment {
  const monotonic = monotonicMicros();
  if (monotonic - checkedMicros > CHECK_EVERY_MICROS) {
    const offset = Date.now() * 1000 - monotonic;
    if (Math.abs(offset - offsetMicros) > DRIFT_MICROS_MAX) offsetMicros = offset;
    checkedMicros = monotonic;
  }
  return { wall: offsetMicros + monotonic, monotonic };
}
