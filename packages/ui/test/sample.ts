/** A content crew: one run with three roles, a failed call, a tool, and a model that nobody can price. */
import { usdFromNanos } from '@tallyspan/facts/units';
import type { CostNode, Costs, Span, Totals, Trace, TraceSummary } from '@tallyspan/server';
import { nanosFromUsd } from '../src/format/money.ts';
import type { Answers } from './fake-api.ts';
import { listsOf } from './list-sample.ts';
import { fitsFilter } from './fits-filter.ts';
import { makeCall, makeSpan } from './make-span.ts';
import { makeTrace } from './make-trace.ts';

export const CREW_ID = 'c4e5000000000000000000000000000a';

const who = { agent: 'content-crew' };
const lines = (input: number, cached: number, output: number) => [
  { type: 'input', tokens: input, usdPerMillion: 2.5, costUsd: usdFromNanos(BigInt(input) * 2_500n) },
  { type: 'cache_read', tokens: cached, usdPerMillion: 1.25, costUsd: usdFromNanos(BigInt(cached) * 1_250n) },
  { type: 'output', tokens: output, usdPerMillion: 10, costUsd: usdFromNanos(BigInt(output) * 10_000n) },
];

function gpt(spanId: string, parent: string, role: string, offsetMs: number, tokens: [number, number, number]): Span {
  const [input, cached, output] = tokens;
  const priced = lines(input - cached, cached, output);
  const costUsd = usdFromNanos(priced.reduce((sum, line) => sum + nanosFromUsd(line.costUsd), 0n));
  return makeCall(spanId, parent, costUsd, {
    ...who,
    role,
    name: 'chat gpt-4o',
    offsetMs,
    durationMs: 1200,
    timeToFirstChunkMs: 300,
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cached,
    finishReasons: ['stop'],
    facts: {
      temperature: 0.7,
      inputMessages: '[{"role":"user","parts":[{"type":"text","content":"Find <b>facts</b> about tally sticks."}]}]',
    },
    attributes: { 'app.prompt': 'v12' },
    cost: { source: 'computed', costUsd, version: 'genai-prices@0.1.8', priceId: 'openai/gpt-4o', lines: priced },
  });
}

export const crewSpans: Span[] = [
  makeSpan('a1', null, {
    ...who,
    name: 'invoke_agent content-crew',
    operation: 'invoke_agent',
    durationMs: 9000,
    status: 'ok',
  }),
  makeSpan('b1', 'a1', { ...who, name: 'role researcher', role: 'researcher', offsetMs: 10, durationMs: 4000 }),
  gpt('c1', 'b1', 'researcher', 20, [3420, 2048, 310]),
  makeSpan('d1', 'b1', {
    ...who,
    name: 'execute_tool search',
    operation: 'execute_tool',
    tool: 'search',
    role: 'researcher',
    offsetMs: 1300,
    durationMs: 900,
  }),
  gpt('c2', 'b1', 'researcher', 2300, [5230, 3072, 640]),
  makeSpan('b2', 'a1', { ...who, name: 'role writer', role: 'writer', offsetMs: 4020, durationMs: 4900 }),
  makeSpan('c3', 'b2', {
    ...who,
    name: 'chat gpt-4o',
    operation: 'chat',
    role: 'writer',
    offsetMs: 4030,
    durationMs: 300,
    status: 'error',
    errorType: 'RateLimitError',
    statusMessage: '429 slow down',
  }),
  makeCall('c4', 'b2', null, {
    ...who,
    name: 'chat house-llama',
    model: 'house-llama',
    provider: 'vllm',
    role: 'writer',
    offsetMs: 4400,
    durationMs: 4000,
  }),
];

export function totalsOf(spans: readonly Span[]): Totals {
  const billable = spans.filter((span) => span.billable);
  const sum = (pick: (span: Span) => number | null) => billable.reduce((total, span) => total + (pick(span) ?? 0), 0);
  return {
    calls: billable.length,
    errors: billable.filter((span) => span.status === 'error').length,
    inputTokens: sum((span) => span.inputTokens),
    outputTokens: sum((span) => span.outputTokens),
    cacheReadTokens: sum((span) => span.cacheReadTokens),
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costUsd: usdFromNanos(billable.reduce((total, span) => total + nanosFromUsd(span.cost?.costUsd ?? '0'), 0n)),
    unpricedCalls: billable.filter((span) => span.cost?.costUsd == null).length,
  };
}

/** A trace of these spans as the API answers it. */
export function traceOf(traceId: string, spans: Span[], more: Partial<TraceSummary> = {}): Trace {
  const summary = makeTrace(traceId, {
    name: spans[0]?.name ?? '',
    spans: spans.length,
    durationMs: Math.max(...spans.map((span) => span.offsetMs + span.durationMs)),
    errorSpans: spans.filter((span) => span.status === 'error').length,
    models: [...new Set(spans.flatMap((span) => (span.billable && span.model !== null ? [span.model] : [])))],
    ...totalsOf(spans),
    ...more,
  });
  return { summary, spans };
}

export const crew = traceOf(CREW_ID, crewSpans, {
  tenant: 'acme-corp',
  agent: 'content-crew',
  runId: 'run-47',
  runNumber: 47,
  start: '2026-11-21T12:00:00.123456789Z',
});

/** The pivot over these spans, nested in the order of `by`. */
export function costsOf(spans: readonly Span[], by: string[]): Costs {
  const valueOf = (span: Span, dimension: string) => {
    const values: Record<string, unknown> = { run: '47', tenant: 'acme-corp', ...span };
    return typeof values[dimension] === 'string' ? values[dimension] : null;
  };
  const nest = (some: readonly Span[], [dimension, ...rest]: string[]): CostNode[] => {
    if (dimension === undefined) return [];
    const values = [...new Set(some.map((span) => valueOf(span, dimension)))];
    return values.map((value) => {
      const group = some.filter((span) => valueOf(span, dimension) === value);
      return { dimension, value, ...totalsOf(group), children: nest(group, rest) };
    });
  };
  const billable = spans.filter((span) => span.billable);
  return { by, total: totalsOf(spans), rows: [], tree: nest(billable, by), truncated: false };
}

/** A store with these traces, filtered and paged like the real one. */
export function answersOf(traces: Trace[]): Answers {
  return {
    traces: (query) => {
      const limit = Number(query.get('limit') ?? 50);
      const from = Number(query.get('cursor') ?? 0);
      const fitting = traces
        .map((trace) => trace.summary)
        .filter(fitsFilter(query.get('q') ?? ''))
        .filter((trace) => trace.start >= (query.get('from') ?? '') && trace.start < (query.get('to') ?? '9'))
        .sort((a, b) => (a.start < b.start ? 1 : -1));
      return {
        traces: fitting.slice(from, from + limit),
        nextCursor: from + limit < fitting.length ? String(from + limit) : null,
      };
    },
    more: listsOf(traces),
    trace: (traceId) => traces.find((trace) => trace.summary.traceId === traceId),
    costs: (query) => {
      const wanted = traces.filter((trace) => !query.has('traceId') || trace.summary.traceId === query.get('traceId'));
      return costsOf(
        wanted.flatMap((trace) => trace.spans),
        (query.get('by') ?? 'agent,role,model').split(','),
      );
    },
  };
}
