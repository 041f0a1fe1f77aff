/**
 * Careful reading of values from outside: the asked-for type or undefined, never an exception for a missing level.
 */
type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};

/** The object's fields, or none. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : NONE;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A count of tokens: a non-negative integer. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Adds what is known to the facts; what is undefined stays absent. Copying is much faster than deleting, which makes V8 give up
 * on an object's shape.
 */
export function add<Target extends object>(facts: Target, known: Partial<Target>): void {
  for (const key in known) {
    const value = known[key];
    if (value !== undefined) facts[key] = value as Target[typeof key];
  }
}
