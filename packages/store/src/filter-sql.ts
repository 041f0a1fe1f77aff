/**
 * A filter as a condition of a statement. What a person typed is only ever bound: identifiers come from the tables below, and also the key
 * of an attribute is a value. What has an opposite is true or false, never NULL, so that the opposite is the other rows.
 */
import type { Comparison, FieldName, Filter, KeyedField, Term } from '@tallyspan/facts/query';
import { filterFields, isTextField } from '@tallyspan/facts/query';
import type { Conditions } from './conditions.ts';
import { costLowBits } from './span-columns.ts';
import { comparedTexts, spanTexts } from './span-texts.ts';

/** How an engine says what both can do. All arguments are SQL. */
export interface Speech {
  /** Whether a text has another one in it, in any case. */
  contains(text: string, part: string): string;
  /** The same, exactly as it is written. */
  holds(text: string, part: string): string;
  /** Whether an id starts so; it is in lower case. */
  idStarts(column: 'trace_id' | 'span_id', start: string): string;
  /** An attribute as text: numbers and truth values as JSON writes them. NULL when there is none, or null. */
  attribute(column: 'attributes' | 'resource', key: string): string;
  /** Text that is a number, else NULL. */
  number(text: string): string;
  /** The number of the run compared with a value. */
  runNumber(comparison: Comparison, value: string): string;
  /** Whether something was said to or by models and tools that has this in it; `outline` is the same as it lies in the column of facts. */
  said(part: string, outline: string): string;
  /** The cost of a trace, of its summary. */
  traceCost: string;
  /** Whether a trace is among those of the spans for which a condition holds, which is what `filter` says. */
  hasSpan(condition: string, filter: Filter): string;
}

type TraceNumber = {
  [Name in FieldName]: (typeof filterFields)[Name]['of'] extends 'span'
    ? never
    : (typeof filterFields)[Name]['type'] extends 'text' | 'id'
      ? never
      : Name;
}[FieldName];

/** Both columns of a cost as one number; what does not fit into it is beyond every value that a filter can name. NULL where nobody knows it. */
const spanCost = `CASE WHEN cost_nanos_high = 0 THEN cost_nanos WHEN cost_nanos_high > 0 THEN ${2n ** BigInt(costLowBits)} WHEN cost_nanos_high < 0 THEN -1 END`;
const spanTokens = `CASE WHEN input_tokens IS NOT NULL OR output_tokens IS NOT NULL
  THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0) END`;

/** Numbers of spans, in the unit that a filter has. */
const spanNumbers: Partial<Record<FieldName, string>> = {
  duration: 'end_nanos - start_nanos',
  ttft: 'time_to_first_chunk',
  cost: spanCost,
  tokens: spanTokens,
  input: 'input_tokens',
  output: 'output_tokens',
  cache_read: 'cache_read_tokens',
  cache_write: 'cache_write_tokens',
  reasoning: 'reasoning_tokens',
};
const traceNumbers: Record<Exclude<TraceNumber, 'cost'>, string> = {
  duration: 'end_nanos - start_nanos',
  tokens: '"inputTokens" + "outputTokens"',
  input: '"inputTokens"',
  output: '"outputTokens"',
  cache_read: '"cacheReadTokens"',
  cache_write: '"cacheWriteTokens"',
  reasoning: '"reasoningTokens"',
  spans: 'spans',
  calls: '"calls"',
  errors: 'error_spans',
};
export const keyedColumns: Record<KeyedField, 'attributes' | 'resource'> = { attr: 'attributes', resource: 'resource' };

/**
 * A condition on rows of `spans`. Throws `RangeError` for a field that only traces have. NULL is as good as false, and lets an engine pass
 * over blocks of a column; but the opposite of NULL would be nothing too.
 */
export function spanCondition(filter: Filter, where: Conditions, speech: Speech, isOpposite = false): string {
  const parts = connect(filter, (inner) => spanCondition(inner, where, speech, isOpposite || filter.kind === 'not'));
  if (parts !== undefined) return parts;
  // Nothing of it is NULL, and so each part is only looked at where the ones before found nothing.
  if (filter.kind === 'contains') return somewhere(filter.text, where, speech);
  const term = spanTerm(filter as Term, where, speech);
  return isOpposite ? `coalesce(${term}, false)` : `(${term})`;
}

/**
 * A condition on summaries of traces. What stands side by side about spans is asked of one and the same span; after a minus it is that no
 * span is so.
 */
export function traceCondition(filter: Filter, where: Conditions, speech: Speech): string {
  const ask = (inner: Filter) => traceCondition(inner, where, speech);
  if (isOfSpans(filter)) return speech.hasSpan(spanCondition(filter, where, speech), filter);
  if (filter.kind === 'all') {
    const ofOneSpan = filter.of.filter(isOfSpans);
    const others = filter.of.filter((inner) => !isOfSpans(inner));
    const parts = ofOneSpan.length > 0 ? [ask({ kind: 'all', of: ofOneSpan }), ...others.map(ask)] : others.map(ask);
    return `(${parts.join(' AND ')})`;
  }
  return connect(filter, ask) ?? `coalesce(${traceTerm(filter as Term, where, speech)}, false)`;
}

/** Whether one of the fields is known of traces only. Answers its name. */
export function traceOnlyField(filter: Filter): FieldName | undefined {
  if (filter.kind === 'not') return traceOnlyField(filter.of);
  if (filter.kind === 'all' || filter.kind === 'any')
    return filter.of.map(traceOnlyField).find((name) => name !== undefined);
  if (filter.kind === 'contains' || 'key' in filter.field) return undefined;
  return filterFields[filter.field.name].of === 'trace' ? filter.field.name : undefined;
}

function connect(filter: Filter, ask: (inner: Filter) => string): string | undefined {
  if (filter.kind === 'not') return `(NOT ${ask(filter.of)})`;
  if (filter.kind === 'all') return `(${filter.of.map(ask).join(' AND ')})`;
  if (filter.kind === 'any') return `(${filter.of.map(ask).join(' OR ')})`;
  return undefined;
}

/** Whether it says of a span that it is so, and nothing of the trace. */
function isOfSpans(filter: Filter): boolean {
  if (filter.kind === 'not') return false;
  if (filter.kind === 'all' || filter.kind === 'any') return filter.of.every(isOfSpans);
  if (filter.kind === 'contains' || 'key' in filter.field) return true;
  return filter.field.ofSpan === true || filterFields[filter.field.name].of === 'span';
}

function spanTerm(term: Term, where: Conditions, speech: Speech): string {
  if (term.kind === 'contains') return somewhere(term.text, where, speech);
  const { field } = term;
  if ('key' in field) {
    const column = keyedColumns[field.name];
    const text = speech.attribute(column, where.bind(field.key));
    const exact =
      term.kind === 'compare'
        ? `${speech.number(text)} ${term.comparison} ${where.bind(term.value)}`
        : textTerm(term, text, where);
    const quick = jsonParts(field.key, term).map((part) => speech.holds(column, where.bind(part)));
    return `CASE WHEN ${quick.join(' AND ')} THEN ${exact} ELSE false END`;
  }
  const { name } = field;
  if (isTextField(name)) return textTerm(term, (term.kind === 'has' ? spanTexts : comparedTexts)[name], where);
  if (name === 'trace' || name === 'span')
    return term.kind === 'equals' ? speech.idStarts(`${name}_id`, where.bind(term.text)) : 'true';
  if (name === 'run')
    return term.kind === 'compare' ? speech.runNumber(term.comparison, where.bind(term.value)) : 'run_id IS NOT NULL';
  return numberTerm(term, spanNumbers[name], where);
}

function traceTerm(term: Term, where: Conditions, speech: Speech): string {
  if (term.kind === 'contains' || 'key' in term.field) return 'false';
  const { name } = term.field;
  if (name === 'status') return textTerm(term, 'status', where);
  if (name === 'trace') return term.kind === 'equals' ? speech.idStarts('trace_id', where.bind(term.text)) : 'true';
  return numberTerm(term, { ...traceNumbers, cost: speech.traceCost }[name as TraceNumber], where);
}

function textTerm(term: Term, text: string, where: Conditions): string {
  if (term.kind === 'has') return `${text} IS NOT NULL`;
  if (term.kind !== 'equals') return 'false';
  if (!term.glob) return `${text} = ${where.bind(term.text)}`;
  const pattern = term.text.replace(/[\\%_]/g, (character) => `\\${character}`).replace(/\*/g, '%');
  return `${text} LIKE ${where.bind(pattern)}`;
}

function numberTerm(term: Term, number: string | undefined, where: Conditions): string {
  if (number === undefined) throw new RangeError('only traces have this field');
  if (term.kind === 'has') return `(${number}) IS NOT NULL`;
  return term.kind === 'compare' ? `(${number}) ${term.comparison} ${where.bind(term.value)}` : 'false';
}

/** What is in the JSON of every span for which a term about an attribute holds. To look for it is much faster than to read the JSON. */
function jsonParts(key: string, term: Term): string[] {
  const name = `${JSON.stringify(key.startsWith('~') ? `~${key}` : key)}:`;
  // Lists and objects are compared as JSON; their quotation marks are none of a text.
  const isPlain = term.kind === 'equals' && !term.glob && !/["\\]/.test(term.text);
  return isPlain ? [name, inJson(term.text)] : [name];
}

/** A text lies as JSON within JSON where content is, so its quotes and line ends do too. */
function somewhere(text: string, where: Conditions, speech: Speech): string {
  const part = where.bind(text);
  const once = inJson(text);
  const said = speech.said(where.bind(once), where.bind(inJson(once)));
  const id = /^[0-9a-f]{4,32}$/i.test(text) ? ` OR ${speech.idStarts('trace_id', where.bind(text.toLowerCase()))}` : '';
  return `(${speech.contains('name', part)} OR ${speech.contains('status_message', part)} OR ${said}${id})`;
}

/** As it lies within a text of JSON. */
export function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Facts that hold what was said. */
export const contentFacts = [
  'inputMessages',
  'outputMessages',
  'systemInstructions',
  'toolArguments',
  'toolResult',
] as const;
