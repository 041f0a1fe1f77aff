/** `gen_ai.prompt.3.tool_calls.0.id` is the head `gen_ai.prompt`, the number 3 and the tail `tool_calls.0.id`. */
export interface Numbered {
  head: string;
  index: number;
  tail: string;
}

const DOT = 46;
const ZERO = 48;
const NINE = 57;
/** No list is longer; a number of a hostile name must not be. */
const DIGITS_MAX = 6;

/** Splits a name at its first number. Numbers with leading zeros are none, so that no two names mean the same place. */
export function splitNumbered(name: string): Numbered | undefined {
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    let end = dot + 1;
    while (end < name.length && isDigit(name.charCodeAt(end))) end++;
    const digits = end - dot - 1;
    if (digits === 0 || (end < name.length && name.charCodeAt(end) !== DOT)) continue;
    if (digits > DIGITS_MAX || (digits > 1 && name.charCodeAt(dot + 1) === ZERO)) return undefined;
    return { head: name.slice(0, dot), index: Number(name.slice(dot + 1, end)), tail: name.slice(end + 1) };
  }
  return undefined;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** One entry of a numbered list: what its tails say. */
export type Entry<Value> = ReadonlyMap<string, Value>;

/** Entries in the order of their numbers, whatever order their attributes came in. */
export function inOrder<Value>(places: readonly (Numbered & { value: Value })[]): Entry<Value>[] {
  const entries = new Map<number, Map<string, Value>>();
  for (const { index, tail, value } of places) {
    const entry = entries.get(index) ?? new Map<string, Value>();
    entry.set(tail, value);
    entries.set(index, entry);
  }
  return [...entries].sort(([left], [right]) => left - right).map(([, entry]) => entry);
}

/** The entries of a list inside an entry: all `tool_calls.0.…`, `tool_calls.1.…`. */
export function inner<Value>(entry: Entry<Value>, head: string): Entry<Value>[] {
  const places: (Numbered & { value: Value })[] = [];
  for (const [tail, value] of entry) {
    const split = splitNumbered(tail);
    if (split?.head === head) places.push({ ...split, value });
  }
  return inOrder(places);
}
