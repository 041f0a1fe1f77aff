import type { LogPosition } from '@tallyspan/store';

export function isAfter(one: LogPosition, other: LogPosition): boolean {
  return one.segment === other.segment ? one.offset > other.offset : one.segment > other.segment;
}
