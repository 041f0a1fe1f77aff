/** What a filter finds, said once more without a database: slowly, span by span. */
import { type Filter, filterFields, parseFilter, type Term } from '@tallyspan/facts/query';
import type { StoredSpan, TraceSummary } from '../src/index.ts';

/** A filter from its text, which must be one. */
export function filter(text: string): Filter {
  const parsed = parseFilter(text);
  if (!parsed.ok || !parsed.filter) throw new Error(`${text}: ${parsed.ok ? 'says nothing' : parsed.message}`);
  return parsed.filter;
}

type TextOf = (span: StoredSpan) => string | undefined;
const texts: Record<string, TextOf> = {
  tenant: ({ facts }) => facts.tenant,
  agent: ({ facts }) => facts.agent,
  role: ({ facts }) => facts.role,
  provider: ({ facts }) => facts.provider,
  model: ({ facts }) => facts.responseModel ?? facts.requestModel,
  request_model: ({ facts }) => facts.requestModel,
  response_model: ({ facts }) => facts.responseModel,
  operation: ({ facts }) => facts.operation,
  user: ({ facts }) => facts.userId,
  session: ({ facts }) => facts.sessionId ?? facts.conversationId,
  run_id: ({ facts }) => facts.runId,
  tool: ({ facts }) => facts.toolName,
  name: ({ name }) => name,
  service: ({ resource }) => resource['service.name'] as string | undefined,
  scope: ({ scopeName }) => scopeName || undefined,
  kind: ({ kind }) => kind,
  status: ({ status }) => (status === 'error' ? 'error' : 'ok'),
  error: ({ facts, status }) => facts.errorType ?? (status === 'error' ? 'error' : undefined),
  guard: ({ facts }) => facts.guardOutcome,
  peer: ({ facts }) => facts.peerAgent,
  task: ({ facts }) => facts.a2aTaskState,
  group: ({ facts }) => facts.comparisonGroup,
  source: ({ cost }) => cost?.source,
};
type NumberOf<T> = (given: T) => number | bigint | undefined;
const numbers: Record<string, NumberOf<StoredSpan>> = {
  duration: ({ start, end }) => end - start,
  ttft: ({ facts }) => facts.timeToFirstChunk,
  cost: ({ cost }) => cost?.nanos,
  tokens: ({ facts: { inputTokens: input, outputTokens: output } }) =>
    input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0),
  input: ({ facts }) => facts.inputTokens,
  output: ({ facts }) => facts.outputTokens,
  cache_read: ({ facts }) => facts.cacheReadTokens,
  cache_write: ({ facts }) => facts.cacheWriteTokens,
  reasoning: ({ facts }) => facts.reasoningTokens,
};
const traceNumbers: Record<string, NumberOf<TraceSummary>> = {
  duration: ({ start, end }) => end - start,
  cost: ({ costNanos }) => costNanos,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  input: ({ inputTokens }) => inputTokens,
  output: ({ outputTokens }) => outputTokens,
  cache_read: ({ cacheReadTokens }) => cacheReadTokens,
  cache_write: ({ cacheWriteTokens }) => cacheWriteTokens,
  reasoning: ({ reasoningTokens }) => reasoningTokens,
  spans: ({ spans }) => spans,
  calls: ({ calls }) => calls,
  errors: ({ errorSpans }) => errorSpans,
};

export function spanMatches(given: Filter, span: StoredSpan, runNumber: number | undefined): boolean {
  if (given.kind === 'not') return !spanMatches(given.of, span, runNumber);
  if (given.kind === 'all') return given.of.every((inner) => spanMatches(inner, span, runNumber));
  if (given.kind === 'any') return given.of.some((inner) => spanMatches(inner, span, runNumber));
  if (given.kind === 'contains') return isSomewhere(given.text.toLowerCase(), span);
  const { field } = given;
  if ('key' in field) {
    const text = attributeText((field.name === 'attr' ? span.attributes : span.resource)[field.key]);
    const number = text !== undefined && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
    return given.kind === 'compare' ? compares(given, number) : textMatches(given, text);
  }
  if (field.name === 'run') return given.kind === 'has' ? span.facts.runId !== undefined : compares(given, runNumber);
  if (field.name === 'trace' || field.name === 'span') {
    const id = field.name === 'trace' ? span.traceId : span.spanId;
    return given.kind === 'has' || (given.kind === 'equals' && id.startsWith(given.text));
  }
  if (field.name === 'tenant' && given.kind === 'equals') return textMatches(given, span.facts.tenant ?? 'default');
  const text = texts[field.name];
  return text ? textMatches(given, text(span)) : compares(given, numbers[field.name]!(span));
}

export function traceMatches(
  given: Filter,
  summary: TraceSummary,
  spans: readonly StoredSpan[],
  runNumber: (span: StoredSpan) => number | undefined,
): boolean {
  const ask = (inner: Filter) => traceMatches(inner, summary, spans, runNumber);
  const anySpan = (inner: Filter) => spans.some((span) => spanMatches(inner, span, runNumber(span)));
  if (isOfSpans(given)) return anySpan(given);
  if (given.kind === 'not') return !ask(given.of);
  if (given.kind === 'any') return given.of.some(ask);
  if (given.kind === 'all') {
    const together = given.of.filter(isOfSpans);
    return (
      (together.length === 0 || anySpan({ kind: 'all', of: together })) &&
      given.of.filter((inner) => !isOfSpans(inner)).every(ask)
    );
  }
  if (given.kind === 'contains' || 'key' in given.field) throw new Error('this is of spans');
  const { name } = given.field;
  if (name === 'status') return textMatches(given, summary.status);
  if (name === 'trace')
    return given.kind === 'has' || (given.kind === 'equals' && summary.traceId.startsWith(given.text));
  return compares(given, traceNumbers[name]!(summary));
}

function isOfSpans(given: Filter): boolean {
  if (given.kind === 'not') return false;
  if (given.kind === 'all' || given.kind === 'any') return given.of.every(isOfSpans);
  if (given.kind === 'contains' || 'key' in given.field) return true;
  return given.field.ofSpan === true || filterFields[given.field.name].of === 'span';
}

function textMatches(term: Term, text: string | undefined): boolean {
  if (text === undefined) return false;
  if (term.kind === 'has') return true;
  if (term.kind !== 'equals') return false;
  if (!term.glob) return text === term.text;
  const pattern = term.text
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(text);
}

function compares(term: Term, number: number | bigint | undefined): boolean {
  if (number === undefined) return false;
  if (term.kind !== 'compare') return term.kind === 'has';
  const { comparison, value } = term;
  // One may be a bigint and the other not.
  if (comparison === '=') return !(number < value) && !(number > value);
  if (comparison === '>') return number > value;
  if (comparison === '>=') return number >= value;
  return comparison === '<' ? number < value : number <= value;
}

function attributeText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' && !Number.isFinite(value)
    ? String(value)
    : JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner));
}

function isSomewhere(text: string, { name, statusMessage, traceId, facts }: StoredSpan): boolean {
  const { inputMessages, outputMessages, systemInstructions, toolArguments, toolResult } = facts;
  const said = [inputMessages, outputMessages, systemInstructions, toolArguments, toolResult];
  const inJson = JSON.stringify(text).slice(1, -1);
  return (
    name.toLowerCase().includes(text) ||
    statusMessage.toLowerCase().includes(text) ||
    said.some((content) => content?.toLowerCase().includes(inJson)) ||
    (/^[0-9a-f]{4,32}$/.test(text) && traceId.startsWith(text))
  );
}
