import type { LogPosition } from '../store.ts';

/** Before the first record of any log. */
export const logStart: LogPosition = { segment: 0, offset: 0 };

/** Negative when `left` lies before `right`. */
export function comparePositions(left: LogPosition, right: LogPosition): number {
  return left.segment - right.segment || left.offset - right.offset;
}
