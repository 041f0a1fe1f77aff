import type { Visit } from '@tallyspan/facts';

/** A part of a list: `gen_ai.prompt.12.content`. */
const NUMBERED = /\.\d+\./;

/**
 * Visits at most `max` attributes: first those that say who did what and what it cost, then numbered ones in their order, of which a
 * long chat has hundreds. Answers how many were left out.
 */
export function visitSome(visitAll: (visit: Visit) => void, max: number, visit: Visit): number {
  let seen = 0;
  for (const isNumbered of [false, true])
    visitAll((name, type, value) => {
      if (NUMBERED.test(name) === isNumbered && ++seen <= max) visit(name, type, value);
    });
  return Math.max(0, seen - max);
}
