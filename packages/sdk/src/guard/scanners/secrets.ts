import { limits } from '@tallyspan/facts';
import { type Scanner, type ScanResult, type Span, verdictOf } from '../scanner.ts';
import { NO_SECRET, SECRET_KINDS, SECRET_NAMES, type SecretKind } from './secret-kinds.ts';

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
  const named: number[] = [];
  let score = 0;
  /** Where each kind was found last: what lies inside of it is no key of that kind. */
  const foundUntil = new Map<SecretKind, number>();
  nextStop = -1;
  const { length } = text;
  // One pass: nearly every place is no beginning of anything, and one look at a table says so.
  for (let at = 0; at + BEGINNING <= length; at++) {
    const bits = STARTS[startOf(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2))]!;
    if (bits === 0) continue;
    if ((bits & NAME) !== 0 && assignments && named.length < NAMED_MAX) named.push(at);
    if ((bits & KEY) === 0 || spans.length >= limits.guardSpansMax) continue;
    const fourth = text.charCodeAt(at + BEGINNING);
    for (const known of kindsAt(text, at)) {
      if (known.fourth !== 0 && known.fourth !== fourth) continue;
      if (!text.startsWith(known.kind.hint, at) || (foundUntil.get(known.kind) ?? 0) > at) continue;
      const span = keyAt(text, at, known);
      if (span?.kind === DULL) foundUntil.set(known.kind, (at + span.end) >> 1);
      if (span === undefined || span.kind === DULL) continue;
      spans.push(span);
      foundUntil.set(known.kind, span.end);
      score = KNOWN_SCORE;
    }
  }
  for (const span of assigned(text, named, limits.guardSpansMax - spans.length)) {
    if (spans.some(({ start, end }) => start < span.end && span.start < end)) continue;
    spans.push(span);
    score = Math.max(score, ASSIGNED_SCORE);
  }
  return verdictOf(score, threshold, spans);
}

const NO_KINDS: readonly KnownKind[] = [];

function kindsAt(text: string, at: number): readonly KnownKind[] {
  const first = (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8);
  return KINDS_BY_BEGINNING.get(first | text.charCodeAt(at + 2)) ?? KINDS_BY_BEGINNING.get(first) ?? NO_KINDS;
}

function keyAt(text: string, at: number, { kind: known, isWord: isWordKind, run }: KnownKind): Span | undefined {
  const { kind, hint, pattern, entropyMin = 0, except } = known;
  // A key is a word of its own; a colon or slash inside an address is not its beginning.
  if (isWordKind && isWord(text.charCodeAt(at - 1))) return undefined;
  if (run && !hasRun(text, at + hint.length, run)) return undefined;
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0];
  if (found === undefined) return undefined;
  const span = wholeOf(kind, text, at, at + found.length);
  if (span === undefined) return undefined;
  const value = text.slice(span.start, span.end);
  if (entropy(value) < entropyMin) return { ...span, kind: DULL };
  return except?.test(passwordOf(found)) || (kind !== 'PRIVATE_KEY' && isExample(value)) ? undefined : span;
}

/** Has the shape of a key and is no chance. What follows within it is no better. */
const DULL = '';

/** Characters by which beginnings are told apart. A few hints have one less, then any third one will do. */
const BEGINNING = 3;
const KEY = 1;
const NAME = 2;
/** Assignments that are looked into; a text with more of them is a word list. */
const NAMED_MAX = 20_000;

/** So many characters of a class follow the hint: read from the pattern, as asking that for each place would be slow. */
interface RunOf {
  allowed: Uint8Array;
  count: number;
  /** Whether a full stop follows them, and the longest run there may be before it. */
  stop: boolean;
  countMax: number;
}

interface KnownKind {
  kind: SecretKind;
  isWord: boolean;
  /** Its fourth character, which tells most of them apart; 0 where there is none. */
  fourth: number;
  run: RunOf | undefined;
}

const STARTS = new Uint8Array(1 << 15);
/** By their first three characters, or two where a hint has no more: then the third is 0. */
const KINDS_BY_BEGINNING = new Map<number, KnownKind[]>();
/** Where the next full stop is, as far as the scan has looked. */
let nextStop = -1;

/** ASCII letters of both cases share a place. */
function startOf(first: number, second: number, third: number): number {
  return ((first & 0x1f) << 10) | ((second & 0x1f) << 5) | (third & 0x1f);
}

function noteStart(text: string, bit: number): void {
  const thirds = text.length < BEGINNING ? Array.from({ length: 32 }, (_, unit) => unit) : [text.charCodeAt(2)];
  for (const third of thirds) STARTS[startOf(text.charCodeAt(0), text.charCodeAt(1), third)]! |= bit;
}

for (const kind of SECRET_KINDS) {
  noteStart(kind.hint, KEY);
  const [first, second, third] = [0, 1, 2].map((at) => kind.hint.charCodeAt(at) || 0) as [number, number, number];
  const beginning = (first << 16) | (second << 8) | third;
  const fourth = kind.hint.charCodeAt(BEGINNING) || 0;
  const known = { kind, isWord: /^[A-Za-z0-9]/.test(kind.hint), fourth, run: runOf(kind) };
  KINDS_BY_BEGINNING.set(beginning, [...(KINDS_BY_BEGINNING.get(beginning) ?? []), known]);
}
for (const name of SECRET_NAMES) noteStart(name, NAME);

function runOf({ hint, pattern }: SecretKind): RunOf | undefined {
  const start = pattern.source.indexOf('[');
  const shape = /^\[([^\]\\]+)\]\{(\d+)(?:,(\d+))?\}(\\\.)?/;
  const [, inside, count, most = count, stop] = shape.exec(pattern.source.slice(start)) ?? [];
  if (inside === undefined || pattern.source.slice(0, start).replaceAll('\\', '') !== hint) return undefined;
  const one = new RegExp(`^[${inside}]$`);
  const allowed = Uint8Array.from({ length: 0x80 }, (_, unit) => (one.test(String.fromCharCode(unit)) ? 1 : 0));
  return { allowed, count: Number(count), stop: stop !== undefined, countMax: Number(most) };
}

function hasRun(text: string, from: number, { allowed, count, stop, countMax }: RunOf): boolean {
  if (stop) {
    // One look ahead serves all places before it.
    if (nextStop < from + count) nextStop = text.indexOf('.', from + count);
    if (nextStop < 0) nextStop = text.length;
    if (nextStop === text.length || nextStop - from > countMax) return false;
  }
  if (from + count > text.length) return false;
  for (let at = from; at < from + count; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80 || allowed[unit] === 0) return false;
  }
  return true;
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

/** `API_KEY = "…"`, `password: …`, `Authorization: Bearer …`, at places where a name may begin. */
function* assigned(text: string, places: readonly number[], most: number): Generator<Span> {
  let left = most;
  for (const at of places) {
    if (left <= 0) return;
    const word = text.slice(at, at + NAME_LENGTH_MAX).toLowerCase();
    const name = SECRET_NAMES.find((each) => word.startsWith(each));
    if (name === undefined) continue;
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

const NAME_LENGTH_MAX = Math.max(...SECRET_NAMES.map((name) => name.length));

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
  counts.fill(0);
  // Characters beyond ASCII share places; keys have none.
  for (let at = 0; at < text.length; at++) counts[text.charCodeAt(at) & 0x7f]!++;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const counts = new Uint32Array(0x80);

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
