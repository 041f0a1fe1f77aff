/**
 * The filter grammar, shared by the page, the terminal and the server:
 *
 *   filter   any of alternatives:       alternative OR alternative
 *   alternative   all of parts:         part part   (AND may stand between)
 *   part     -part, NOT part            not so
 *            ( filter )
 *            field:value  field!=value  field>number …   see `fields.ts`; an asterisk in an unquoted value stands for anything
 *            has:field                  it has a value
 *            word, "several words"      found in the text of a span
 */
import { limits } from '../limits.ts';
import { type FieldType, filterFields, isFieldName, keyedFields, operatorsOf } from './fields.ts';
import type { Comparison, FieldRef, Filter } from './filter.ts';
import { operatorsExpected, readValue } from './read-value.ts';
import { scanFilter, type Token, type Unreadable } from './scan-filter.ts';

/** `filter` is undefined when the text says nothing: everything is meant. */
export type ParsedFilter = { ok: true; filter: Filter | undefined } | ({ ok: false } & Unreadable);

export function parseFilter(text: string): ParsedFilter {
  if (text.length > limits.filterCharsMax)
    return {
      ok: false,
      at: limits.filterCharsMax,
      message: `a filter has at most ${limits.filterCharsMax} characters`,
    };
  const { tokens, unreadable } = scanFilter(text);
  if (unreadable) return { ok: false, ...unreadable };
  const surplus = tokens.filter(({ kind }) => kind === 'term' || kind === 'words')[limits.filterTermsMax];
  if (surplus) return { ok: false, at: surplus.at, message: `a filter has at most ${limits.filterTermsMax} terms` };
  try {
    return { ok: true, filter: new Parser(tokens, text.length).parse() };
  } catch (error) {
    if (error instanceof ParseError) return { ok: false, at: error.at, message: error.message };
    throw error;
  }
}

/** Unwinds the parser, and goes no further. */
class ParseError extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  parse(): Filter | undefined {
    if (this.#tokens.length === 0) return undefined;
    const filter = this.#alternatives();
    const rest = this.#peek();
    if (rest) throw new ParseError(rest.at, 'this parenthesis was never opened');
    return filter;
  }

  #alternatives(): Filter {
    const of = [this.#parts()];
    while (this.#peek()?.kind === 'OR') {
      this.#next += 1;
      of.push(this.#parts());
    }
    return of.length === 1 ? of[0]! : { kind: 'any', of };
  }

  #parts(): Filter {
    const of: Filter[] = [this.#part()];
    for (let token = this.#peek(); token && token.kind !== 'OR' && token.kind !== ')'; token = this.#peek()) {
      if (token.kind === 'AND') this.#next += 1;
      of.push(this.#part());
    }
    return of.length === 1 ? of[0]! : { kind: 'all', of };
  }

  #part(): Filter {
    const token = this.#peek();
    if (!token) throw new ParseError(this.#end, 'something is missing here: a field, a word or a parenthesis');
    this.#next += 1;
    if (token.kind === 'term') return term(token);
    if (token.kind === 'words') return words(token);
    if (token.kind !== '(' && token.kind !== '-')
      throw new ParseError(token.at, `expected a field, a word or a parenthesis before ${token.value}`);
    this.#depth += 1;
    if (this.#depth > limits.filterDepthMax)
      throw new ParseError(token.at, `at most ${limits.filterDepthMax} parentheses may be nested`);
    const inner = token.kind === '-' ? this.#part() : this.#alternatives();
    this.#depth -= 1;
    if (token.kind === '-') return { kind: 'not', of: inner };
    if (this.#peek()?.kind !== ')') throw new ParseError(token.at, 'this parenthesis is never closed');
    this.#next += 1;
    return inner;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }
}

function words(token: Token): Filter {
  if (token.value === '') throw new ParseError(token.at, 'expected some text between the quotation marks');
  return { kind: 'contains', text: token.value };
}

function term(token: Token): Filter {
  const { field: name = '', operator = ':', value, valueAt, quoted } = token;
  if (name === 'has' && token.key === undefined) return has(token);
  const field = fieldOf(token);
  const type: FieldType | 'attribute' = 'key' in field ? 'attribute' : filterFields[field.name].type;
  const comparison = operator === '=' ? ':' : operator;
  if (!operatorsOf(type).includes(comparison))
    throw new ParseError(token.at + name.length, `${name} takes ${operatorsExpected(type)}`);
  if (value === '' && !quoted) throw new ParseError(valueAt, `expected a value for ${name}`);
  if (comparison === '!=') return { kind: 'not', of: equal(token, field, type) };
  if (comparison === ':') return equal(token, field, type);
  return compare(token, field, type, comparison as Comparison);
}

function equal(token: Token, field: FieldRef, type: FieldType | 'attribute'): Filter {
  if (type !== 'text' && type !== 'id' && type !== 'attribute') return compare(token, field, type, '=');
  const { value, quoted, valueAt } = token;
  const allowed = 'key' in field ? undefined : valuesOf(field.name);
  if (allowed && !allowed.includes(value))
    throw new ParseError(valueAt, `${field.name} is one of ${allowed.join(', ')}`);
  const text = type === 'id' ? value.toLowerCase() : value;
  return { kind: 'equals', field, text, glob: !quoted && type !== 'id' && value.includes('*') };
}

function compare(token: Token, field: FieldRef, type: FieldType | 'attribute', comparison: Comparison): Filter {
  const value = readValue(type as Exclude<FieldType, 'text' | 'id'>, token.value);
  if (typeof value === 'string') throw new ParseError(token.valueAt, value);
  return { kind: 'compare', field, comparison, value };
}

/** `has:error`, `has:attr.http.method`. */
function has(token: Token): Filter {
  const { value, valueAt, operator } = token;
  if (operator !== ':') throw new ParseError(token.at + 3, 'has takes :');
  const keyed = /^(attr|resource)\.(.+)$/s.exec(value);
  const named = keyed ? { field: keyed[1]!, key: keyed[2]! } : { field: value };
  return { kind: 'has', field: fieldOf({ ...token, ...named, at: valueAt }) };
}

function fieldOf({ field = '', key, at }: Token): FieldRef {
  if (key !== undefined) {
    if (key === '') throw new ParseError(at, `expected the key of an attribute, like ${keyedFields.attr.example}`);
    return { name: field as keyof typeof keyedFields, key };
  }
  const ofSpan = field.startsWith('span.');
  const name = ofSpan ? field.slice('span.'.length) : field;
  if (!isFieldName(name)) {
    const near = nearest(name);
    const advice = near === undefined ? '' : `did you mean ${near}? `;
    throw new ParseError(at, `there is no field ${JSON.stringify(name)}; ${advice}To search for this text, quote it`);
  }
  if (ofSpan && filterFields[name].of === 'trace') throw new ParseError(at, `${name} is of a trace, not of a span`);
  return ofSpan ? { name, ofSpan: true } : { name };
}

function valuesOf(name: keyof typeof filterFields): readonly string[] | undefined {
  const field = filterFields[name];
  // What other instrumentations say is not ours to list; only what the engine knows is closed.
  return name === 'status' || name === 'kind' ? (field as { values?: readonly string[] }).values : undefined;
}

/** A field that begins the same, or that two typing errors lead away from. */
function nearest(name: string): string | undefined {
  const names = [...Object.keys(filterFields), 'has'];
  const asked = name.toLowerCase();
  const begun = names.find((each) => asked.length >= 3 && (each.startsWith(asked) || asked.startsWith(each)));
  if (begun !== undefined) return begun;
  const steps = (each: string) => distance(each, asked) + (each[0] === asked[0] ? 0 : 1);
  return names.filter((each) => steps(each) <= 2).sort((one, other) => steps(one) - steps(other))[0];
}

/** How many letters have to be added, taken away or changed (Levenshtein). Names are short. */
function distance(from: string, to: string): number {
  if (to.length > 32) return to.length;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (let column = 0; column < to.length; column += 1)
      next.push(Math.min(row[column + 1]! + 1, next[column]! + 1, row[column]! + (to[column] === letter ? 0 : 1)));
    row = next;
  }
  return row[to.length]!;
}
