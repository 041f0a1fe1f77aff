import { limits } from '@tallyspan/facts';
import { type Direction, type Scanner, verdictOf } from '../scanner.ts';
import { type JsonSchema, mismatch } from './json-schema.ts';

export interface JsonOptions {
  /** What the value must look like, see {@link JsonSchema}. Default: any JSON. */
  schema?: JsonSchema;
  /** JSON values that must be there at least. Default 1; 0 also lets prose pass. */
  countMin?: number;
  /** Default: output. */
  directions?: readonly Direction[];
}

/**
 * Answers that are to be JSON and are not, or not of the agreed shape. JSON in a fence or with words around it is found, and
 * `sanitized` is then the bare JSON.
 */
export function json({ schema, countMin = 1, directions = ['output'] }: JsonOptions = {}): Scanner {
  return {
    name: 'JSON',
    directions,
    scan(text) {
      const found = jsonIn(text);
      if (found.length < countMin) return verdictOf(1, 0.5);
      const wrong = schema === undefined ? false : found.some(({ value }) => mismatch(value, schema) !== undefined);
      const [only] = found;
      const bare = found.length === 1 && only !== undefined && only.text !== text ? { sanitized: only.text } : {};
      return { ...verdictOf(wrong ? 1 : 0, 0.5), ...(wrong ? {} : bare) };
    },
  };
}

/** How many places that look like a beginning are tried. */
const TRIES_MAX = 64;

function jsonIn(text: string): { text: string; value: unknown }[] {
  const whole = parse(text.trim());
  if (whole !== undefined) return [{ text: text.trim() === text ? text : text.trim(), value: whole.value }];
  const found: { text: string; value: unknown }[] = [];
  let tries = 0;
  for (let at = 0; at < text.length && tries < TRIES_MAX; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue;
    tries += 1;
    const end = closeOf(text, at);
    if (end === undefined) continue;
    const part = text.slice(at, end);
    const parsed = parse(part);
    if (parsed === undefined) continue;
    found.push({ text: part, value: parsed.value });
    at = end - 1;
  }
  return found;
}

/** After the bracket that closes the one here. */
function closeOf(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const unit = text[at];
    if (quoted) {
      if (unit === '\\') at++;
      else if (unit === '"') quoted = false;
    } else if (unit === '"') quoted = true;
    else if (unit === '{' || unit === '[') {
      depth += 1;
      if (depth > limits.attributeDepthMax) return undefined;
    } else if ((unit === '}' || unit === ']') && --depth === 0) return at + 1;
  }
  return undefined;
}

function parse(text: string): { value: unknown } | undefined {
  if (!/^[[{"\d\-tfn]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
