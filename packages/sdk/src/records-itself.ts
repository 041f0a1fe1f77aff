/**
 * Marks what we made and what records itself: `watch` has nothing to add to it. By a mark and not by its class, as an application may hold
 * two copies of us.
 */
export const RECORDS_ITSELF = Symbol.for('tallyspan.recordsItself.1');

export function recordsItself(given: object): boolean {
  try {
    return RECORDS_ITSELF in given;
  } catch {
    return false;
  }
}
