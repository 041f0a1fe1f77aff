/**
 * JSON that gives back exactly what was put in, for values which JSON lacks: integers beyond 2^53, NaN, infinities and -0.
 * Such a value becomes an object with one key that begins with a tilde; keys of the data that begin with a tilde get one more,
 * so no data can pass for a tag.
 *
 *   12n            {"~int":"12"}
 *   NaN            {"~number":"NaN"}
 *   {"~int": "x"}  {"~~int":"x"}
 */
export function toTaggedJson(value: unknown): string {
  return JSON.stringify(tag(value)) ?? 'null';
}

/** The reverse of {@link toTaggedJson}. Throws `SyntaxError` for what is no JSON. */
export function fromTaggedJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.includes('"~') ? untag(value) : value;
}

/** Copies only where something changes: most values are what JSON can say. */
function tag(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { '~int': value.toString() };
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { '~number': Object.is(value, -0) ? '-0' : String(value) };
    case 'object':
      return value === null
        ? null
        : Array.isArray(value)
          ? tagArray(value)
          : tagObject(value as Record<string, unknown>);
    default:
      return value;
  }
}

function tagArray(array: readonly unknown[]): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < array.length; index += 1) {
    const tagged = tag(array[index]);
    if (tagged !== array[index]) copy ??= array.slice(0, index);
    copy?.push(tagged);
  }
  return copy ?? array;
}

function tagObject(object: Record<string, unknown>): unknown {
  const keys = Object.keys(object);
  const changes = keys.some((key) => key.startsWith('~') || tag(object[key]) !== object[key]);
  // fromEntries makes own properties of all keys, `__proto__` too.
  return changes
    ? Object.fromEntries(keys.map((key) => [key.startsWith('~') ? `~${key}` : key, tag(object[key])]))
    : object;
}

function untag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(untag);
  const keys = Object.keys(value);
  const object = value as Record<string, unknown>;
  if (keys.length === 1 && keys[0] === '~int') return BigInt(object['~int'] as string);
  if (keys.length === 1 && keys[0] === '~number') return Number(object['~number']);
  return Object.fromEntries(keys.map((key) => [key.startsWith('~') ? key.slice(1) : key, untag(object[key])]));
}
