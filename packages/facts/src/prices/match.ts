/**
 * How a price table recognises a model or provider name. A bare string is equality, a list is "any of".
 * Patterns are stored in lower case and names are compared in lower case, as the package behind the tables does.
 */
export type MatchLogic =
  | string
  | MatchLogic[]
  | { starts_with: string }
  | { ends_with: string }
  | { contains: string }
  | { regex: string }
  | { and: MatchLogic[] };

/** Whether `name`, already in lower case and trimmed, satisfies `logic`. */
export function matches(logic: MatchLogic, name: string): boolean {
  if (typeof logic === 'string') return logic === name;
  if (Array.isArray(logic)) return logic.some((one) => matches(one, name));
  if ('starts_with' in logic) return name.startsWith(logic.starts_with);
  if ('ends_with' in logic) return name.endsWith(logic.ends_with);
  if ('contains' in logic) return name.includes(logic.contains);
  if ('regex' in logic) return new RegExp(logic.regex).test(name);
  return logic.and.every((one) => matches(one, name));
}

/** How every comparison begins. */
export function plainName(name: string): string {
  return name.toLowerCase().trim();
}

const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** `claude-sonnet-4-20250514` → `claude-sonnet-4-2025-05-14`; what is no day of the calendar stays. */
export function spellDates(name: string): string {
  return name.replace(COMPACT_DATE, (found, year: string, month: string, day: string) =>
    isDay(Number(year), Number(month), Number(day)) ? `-${year}-${month}-${day}` : found,
  );
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const TRAILING_DATE = /[-@]20\d{2}(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])$/;

/** `gpt-4o-2031-02-03` → `gpt-4o`: a snapshot that is newer than the table costs what its model costs. */
export function withoutDate(name: string): string {
  return name.replace(TRAILING_DATE, '');
}

const RESOURCE_PATH = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[^/]+\/)?models\//;
/** Suffixes that name a moment of a model and not another model. `-exp` is absent: experiments have prices of their own. */
const VERSION_SUFFIX = /(?:[-@:](?:latest|default)|-preview(?:-\d{2}-\d{2,4})?|-00\d)$/;

/** `models/gemini-2.5-flash-001` → `gemini-2.5-flash`. The last resort, after every more exact name has failed. */
export function familyOf(name: string): string {
  return withoutDate(withoutDate(name.replace(RESOURCE_PATH, '')).replace(VERSION_SUFFIX, ''));
}

/**
 * The names to look up, most exact first: what answered, the same without its date, what was asked for, the same without its date,
 * then the families of both. No name twice.
 */
export function namesToTry(responseModel: string | undefined, requestModel: string | undefined): Set<string> {
  const names = [responseModel, requestModel].filter((name) => name !== undefined).map(plainName);
  const exact = names.flatMap((name) => [name, withoutDate(name)]);
  return new Set([...exact, ...names.map(familyOf)].filter((name) => name !== ''));
}
