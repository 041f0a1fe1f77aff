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
  return JSON.stringify(isPlain(value) ? value : tag(value)) ?? 'null';
}

/** Whether JSON says it as it is. Most values are so. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'bigint':
      return false;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      if (value === null) return true;
      if (Array.isArray(value)) {
        for (const item of value) if (!isPlain(item)) return false;
        return true;
      }
      for (const key of Object.keys(value)) {
        if (key.charCodeAt(0) === TILDE) return false;
        const inner = (value as Record<string, unknown>)[key];
        if (typeof inner !== 'string' && !isPlain(inner)) return false;
      }
      return true;
    default:
      return true;
  }
}

const TILDE = 0x7e;

/** The reverse of {@link toTaggedJson}. Throws `SyntaxError` for what is no JSON. */
export function fromTaggedJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.includes('"~') ? untag(value) : value;
}

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
          ? value.map(tag)
          : tagObject(value as Record<string, unknown>);
    default:
      return value;
  }
}

function tagObject(object: Record<string, unknown>): unknown {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const tagged = tag(object[key]);
    if (key.charCodeAt(0) === TILDE) copy[`~${key}`] = tagged;
    // Assigning it would change the copy's prototype.
    else if (key === '__proto__') Object.defineProperty(copy, key, { value: tagged, enumerable: true });
    else copy[key] = tagged;
  }
  return copy;
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
