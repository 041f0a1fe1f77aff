import { limits } from '@tallyspan/facts';
import { type Scanner, type ScanResult, type Span, verdictOf } from '../scanner.ts';
import { NO_SECRET, SECRET_KINDS, SECRET_NAMES } from './secret-kinds.ts';

export interface SecretsOptions {
  /** Default 0.5. */
  threshold?: number;
  /** Look for `password = "…"` with a value that looks like chance, beside keys of a known shape. Default true. */
  assignments?: boolean;
}

/** Sure by its shape; likely by its name and its look. */
const KNOWN_SCORE = 1;
const ASSIGNED_SCORE = 0.7;
/** Bits a character. Words have 3 and less, random letters and digits 4 and more at this length. */
const ASSIGNED_ENTROPY_MIN = 3.5;
const ASSIGNED_LENGTH_MIN = 12;

/** Keys of providers and services, private keys, tokens, passwords in connection strings and assignments. */
export function secrets({ threshold = 0.5, assignments = true }: SecretsOptions = {}): Scanner {
  return {
    name: 'Secrets',
    directions: ['input', 'output'],
    redacts: true,
    scan: (text) => scan(text, threshold, assignments),
  };
}

function scan(text: string, threshold: number, assignments: boolean): ScanResult {
  const spans: Span[] = [];
  let score = 0;
  for (const { kind, hint, pattern, entropyMin = 0, except } of SECRET_KINDS) {
    for (let at = text.indexOf(hint); at >= 0; at = text.indexOf(hint, at + hint.length)) {
      if (spans.length >= limits.guardSpansMax) break;
      // A key is a word of its own; a colon or slash inside an address is not its beginning.
      if (/^[A-Za-z0-9]/.test(hint) && isWord(text.charCodeAt(at - 1))) continue;
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      const span = wholeOf(kind, text, at, at + found.length);
      if (span === undefined) continue;
      const value = text.slice(span.start, span.end);
      if (
        except?.test(passwordOf(found)) ||
        (kind !== 'PRIVATE_KEY' && isExample(value)) ||
        entropy(value) < entropyMin
      )
        continue;
      spans.push(span);
      score = KNOWN_SCORE;
      at = span.end - hint.length;
    }
  }
  if (assignments) {
    for (const span of assigned(text, limits.guardSpansMax - spans.length)) {
      if (spans.some(({ start, end }) => start < span.end && span.start < end)) continue;
      spans.push(span);
      score = Math.max(score, ASSIGNED_SCORE);
    }
  }
  return verdictOf(score, threshold, spans);
}

/** `://user:password@host` → `password`. */
function passwordOf(address: string): string {
  return address.slice(address.indexOf(':', 3) + 1, address.lastIndexOf('@'));
}

/** Some kinds are recognised by their middle or their first line: what belongs to them before and after. */
function wholeOf(kind: string, text: string, start: number, end: number): Span | undefined {
  switch (kind) {
    case 'PRIVATE_KEY': {
      const close = text.indexOf('-----END ', end);
      const dashes = close < 0 || close - end > 20_000 ? -1 : text.indexOf('-----', close + 9);
      return { start, end: dashes < 0 || dashes - close > 60 ? end : dashes + 5, kind };
    }
    case 'CONNECTION_STRING': {
      const from = backWhile(text, start, 20, (unit) => isWord(unit) || unit === 0x2b || unit === 0x2d);
      // A scheme must stand before it.
      return from === start ? undefined : { start: from, end, kind };
    }
    case 'MAILCHIMP_KEY':
    case 'TELEGRAM_TOKEN':
    case 'HASHICORP_TOKEN':
    case 'AZURE_CLIENT_SECRET': {
      const [shape, reach] = BEFORE[kind]!;
      const from = backWhile(text, start, reach, isWord);
      return shape.test(text.slice(from, start)) ? { start: from, end, kind } : undefined;
    }
    default:
      return { start, end, kind };
  }
}

/** What stands before the part that gives them away, and its length at most. */
const BEFORE: Readonly<Record<string, [RegExp, number]>> = {
  MAILCHIMP_KEY: [/^[0-9a-f]{32}$/, 33],
  TELEGRAM_TOKEN: [/^\d{8,10}$/, 11],
  HASHICORP_TOKEN: [/^[A-Za-z0-9]{14}$/, 15],
  AZURE_CLIENT_SECRET: [/^[A-Za-z0-9_]{3,4}\d?$/, 6],
};

/** `API_KEY = "…"`, `password: …`, `Authorization: Bearer …`. */
function* assigned(text: string, most: number): Generator<Span> {
  const lower = text.toLowerCase();
  // Folding may change the length of odd characters; then places would be wrong.
  if (lower.length !== text.length) return;
  let left = most;
  for (const name of SECRET_NAMES) {
    for (let at = lower.indexOf(name); at >= 0 && left > 0; at = lower.indexOf(name, at + name.length)) {
      ASSIGNMENT.lastIndex = at + name.length;
      const match = ASSIGNMENT.exec(text);
      if (!match) continue;
      const value = match[1]!;
      if (value.length < ASSIGNED_LENGTH_MIN || NO_SECRET.test(value) || !looksRandom(value)) continue;
      const end = at + name.length + match[0].length;
      left -= 1;
      yield { start: end - value.length, end, kind: 'SECRET' };
    }
  }
}

/** After the name: the rest of a longer name, `=` or `:` or a space after "bearer", a quotation mark, the value. */
const ASSIGNMENT =
  /[A-Za-z0-9_]{0,20}["']?(?:\s{0,4}(?::=|=>|[:=])\s{0,4}|\s{1,2})(?:[Bb]earer\s{1,2}|[Bb]asic\s{1,2})?["'`]?([A-Za-z0-9+/=_.~!@#$%^&*-]{12,256})/y;

/** Chance has letters and digits mixed, and no letter much oftener than another. */
function looksRandom(value: string): boolean {
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  // Paths, versions, addresses, calls and names in code are made of words.
  if (/^[a-z0-9]+(?:[._/-][a-z0-9]+)+$/.test(value) && !/\d[a-z]|[a-z]\d/.test(value)) return false;
  if (/^(?:https?:|\d{4}-\d\d)/.test(value)) return false;
  return entropy(value) >= ASSIGNED_ENTROPY_MIN;
}

function isExample(value: string): boolean {
  return NO_SECRET.test(value);
}

/** Shannon's entropy of the characters, in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

function backWhile(text: string, from: number, most: number, holds: (unit: number) => boolean): number {
  let at = from;
  while (at > 0 && from - at < most && holds(text.charCodeAt(at - 1))) at--;
  return at;
}

function isWord(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a) || unit === 0x5f
  );
}
