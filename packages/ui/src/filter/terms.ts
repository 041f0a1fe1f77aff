/** Terms that are put into a filter, and taken out, by clicking. */
import { parseFilter } from '@tallyspan/facts/query';

export function hasTerm(q: string | undefined, term: string): boolean {
  return ` ${q ?? ''} `.includes(` ${term} `);
}

/** The filter with one condition more. What joins alternatives is put in parentheses, so that the new one holds for all. */
export function withTerm(q: string | undefined, term: string): string {
  const before = q?.trim() ?? '';
  if (before === '' || hasTerm(before, term)) return before || term;
  const parsed = parseFilter(before);
  const isOr = parsed.ok && parsed.filter?.kind === 'any';
  return `${isOr ? `(${before})` : before} ${term}`;
}

/** Undefined when nothing is left. */
export function withoutTerm(q: string | undefined, term: string): string | undefined {
  return ` ${q ?? ''} `.replace(` ${term} `, ' ').trim() || undefined;
}
