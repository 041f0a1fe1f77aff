/**
 * The text of a filter cut into tokens:
 *
 *   model:gpt-4o -tool:search (cost>0.01 OR "two words")
 *   └ term ────┘ ─└ term ───┘ ( └ term ─┘ OR └ words ──┘ )
 */
export interface Token {
  kind: 'term' | 'words' | '(' | ')' | '-' | 'AND' | 'OR';
  /** Where it stands in the text, and where what follows begins. */
  at: number;
  end: number;
  /** Of a term: as it is written, `span.` and the key of an attribute included. */
  field?: string;
  key?: string;
  operator?: string;
  /** Of a term what comes behind the operator, else the words. */
  value: string;
  valueAt: number;
  quoted: boolean;
}

/** What could not be read, and where: a place in the text, from 0. */
export interface Unreadable {
  at: number;
  message: string;
}

const operator = /:?(>=|<=|!=|>|<|=)|:/y;
const fieldName = /(?:span\.)?[A-Za-z_][A-Za-z0-9_]*/y;
const attributeName = /(attr|resource)\./y;
const plainKey = /[^\s:=<>!()"]+/y;
const word = /[^\s()"]+/y;
const plainValue = /[^\s)"]+/y;

/** Tokens up to the end or the first thing that cannot be one. */
export function scanFilter(text: string): { tokens: Token[]; unreadable?: Unreadable } {
  const tokens: Token[] = [];
  let place = 0;
  while (place < text.length) {
    if (/\s/.test(text[place]!)) {
      place += 1;
      continue;
    }
    const token = scanToken(text, place);
    if (!('kind' in token)) return { tokens, unreadable: token };
    tokens.push(token);
    place = token.end;
  }
  return { tokens };
}

function scanToken(text: string, at: number): Token | Unreadable {
  const first = text[at]!;
  const simple = (kind: Token['kind'], length: number): Token => ({
    ...{ kind, at, end: at + length, value: text.slice(at, at + length), valueAt: at, quoted: false },
  });
  if (first === '(' || first === ')') return simple(first, 1);
  if (first === '-' && /[^\s)]/.test(text[at + 1] ?? ' ')) return simple('-', 1);
  if (first === '"') {
    const quoted = scanQuoted(text, at);
    return 'message' in quoted
      ? quoted
      : { kind: 'words', at, end: quoted.end, value: quoted.value, valueAt: at, quoted: true };
  }
  const term = scanTerm(text, at);
  if (term) return term;
  const value = match(word, text, at)![0];
  if (value === 'AND' || value === 'OR') return simple(value, value.length);
  if (value === 'NOT') return { ...simple('-', 3), value };
  return { kind: 'words', at, end: at + value.length, value, valueAt: at, quoted: false };
}

function scanTerm(text: string, at: number): Token | Unreadable | undefined {
  const keyed = match(attributeName, text, at);
  let field = match(fieldName, text, at)?.[0];
  let place = at;
  let key: string | undefined;
  if (keyed) {
    field = keyed[1]!;
    place += keyed[0].length;
    if (text[place] === '"') {
      const quoted = scanQuoted(text, place);
      if ('message' in quoted) return quoted;
      key = quoted.value;
      place = quoted.end;
    } else {
      key = match(plainKey, text, place)?.[0] ?? '';
      place += key.length;
    }
  } else if (field !== undefined) place += field.length;
  const sign = match(operator, text, place);
  if (field === undefined || !sign) return undefined;
  const valueAt = place + sign[0].length;
  const { value, end, quoted, ...problem } = scanValue(text, valueAt);
  if ('message' in problem) return problem as Unreadable;
  const head = { kind: 'term' as const, at, end, field, operator: sign[1] ?? ':', value, valueAt, quoted };
  return key === undefined ? head : { ...head, key };
}

function scanValue(text: string, at: number) {
  if (text[at] === '"') {
    const quoted = scanQuoted(text, at);
    return 'message' in quoted ? { ...quoted, value: '', end: at, quoted: true } : { ...quoted, quoted: true };
  }
  const value = match(plainValue, text, at)?.[0] ?? '';
  return { value, end: at + value.length, quoted: false };
}

/** A backslash takes the next character as it is. */
function scanQuoted(text: string, at: number): { value: string; end: number } | Unreadable {
  let value = '';
  for (let place = at + 1; place < text.length; place += 1) {
    const character = text[place]!;
    if (character === '"') return { value, end: place + 1 };
    if (character === '\\' && place + 1 < text.length) place += 1;
    value += text[place];
  }
  return { at, message: 'this quotation mark is never closed' };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
