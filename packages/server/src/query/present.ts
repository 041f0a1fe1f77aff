/** From the store's rows to the API's answers: bigints become text, undefined becomes null. */
import { type Attributes, type Facts, isBillable, toJson, usdFromNanos } from '@tallyspan/facts';
import {
  serviceOf,
  type StoredSpan,
  type Totals as StoredTotals,
  type TraceSummary as StoredSummary,
} from '@tallyspan/store';
import type { Span, SpanCost, SpanRow, Totals, Trace, TraceSummary } from '../api.ts';
import { isoFromNanos, msBetween } from './time.ts';

export function presentTotals(totals: StoredTotals): Totals {
  const {
    calls,
    errors,
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens,
    unpricedCalls,
  } = totals;
  return {
    calls,
    errors,
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens,
    costUsd: usdFromNanos(totals.costNanos),
    unpricedCalls,
  };
}

export function presentSummary(summary: StoredSummary): TraceSummary {
  return {
    traceId: summary.traceId,
    name: summary.name,
    rootArrived: summary.rootArrived,
    start: isoFromNanos(summary.start),
    durationMs: msBetween(summary.start, summary.end),
    status: summary.status,
    spans: summary.spans,
    errorSpans: summary.errorSpans,
    tenant: summary.tenant ?? null,
    agent: summary.agent ?? null,
    runId: summary.runId ?? null,
    runNumber: summary.runNumber ?? null,
    sessionId: summary.sessionId ?? null,
    models: summary.models,
    ...presentTotals(summary),
  };
}

export function presentTrace(summary: StoredSummary, spans: readonly StoredSpan[]): Trace {
  return { summary: presentSummary(summary), spans: spans.map((span) => presentSpan(span, summary.start)) };
}

/** What a list shows of a span. */
export function presentSpanRow(span: StoredSpan): SpanRow {
  const { facts, cost } = span;
  return {
    traceId: span.traceId,
    ...presentBasics(span),
    tenant: facts.tenant ?? null,
    runId: facts.runId ?? null,
    user: facts.userId ?? null,
    session: facts.sessionId ?? facts.conversationId ?? null,
    service: serviceOf(span) ?? null,
    guard: facts.guardOutcome ?? null,
    costUsd: isBillable(facts) && cost?.nanos !== undefined ? usdFromNanos(cost.nanos) : null,
    costSource: isBillable(facts) ? (cost?.source ?? null) : null,
  };
}

function presentBasics(span: StoredSpan) {
  const { facts } = span;
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || null,
    name: span.name,
    kind: span.kind,
    start: isoFromNanos(span.start),
    durationMs: msBetween(span.start, span.end),
    status: span.status,
    statusMessage: span.statusMessage || null,
    operation: facts.operation ?? null,
    provider: facts.provider ?? null,
    model: facts.responseModel ?? facts.requestModel ?? null,
    requestModel: facts.requestModel ?? null,
    agent: facts.agent ?? null,
    role: facts.role ?? null,
    tool: facts.toolName ?? null,
    errorType: facts.errorType ?? null,
    timeToFirstChunkMs: facts.timeToFirstChunk === undefined ? null : facts.timeToFirstChunk * 1_000,
    inputTokens: count(facts.inputTokens),
    outputTokens: count(facts.outputTokens),
    cacheReadTokens: count(facts.cacheReadTokens),
    cacheWriteTokens: count(facts.cacheWriteTokens),
    reasoningTokens: count(facts.reasoningTokens),
    billable: isBillable(facts),
  };
}

function presentSpan(span: StoredSpan, traceStart: bigint): Span {
  const { facts } = span;
  return {
    ...presentBasics(span),
    offsetMs: msBetween(traceStart, span.start),
    finishReasons: facts.finishReasons ?? null,
    cost: isBillable(facts) ? presentCost(span) : null,
    facts: plain(facts),
    attributes: plain(span.attributes),
    resource: plain(span.resource),
    scope: { name: span.scopeName, version: span.scopeVersion },
    events: span.events.map(({ name, time, attributes }) => ({
      name,
      time: isoFromNanos(time),
      offsetMs: msBetween(traceStart, time),
      attributes: plain(attributes),
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({ traceId, spanId, attributes: plain(attributes) })),
  };
}

/** A count that a sender made negative is no count. */
function count(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}

/** Billable without a cost is a call that failed before it used anything: nobody bills it, so nothing is said. */
function presentCost({ cost }: StoredSpan): SpanCost | null {
  if (cost === undefined) return null;
  return {
    source: cost.source,
    costUsd: cost.nanos === undefined ? null : usdFromNanos(cost.nanos),
    version: cost.version ?? null,
    priceId: cost.priceId ?? null,
    lines: cost.lines.map(({ type, tokens, usdPerMillion, nanos }) => ({
      type,
      tokens,
      usdPerMillion,
      costUsd: usdFromNanos(nanos),
    })),
  };
}

/** Values as JSON has them; integers beyond 2^53 become text. */
function plain(values: Facts | Attributes): Record<string, unknown> {
  return JSON.parse(toJson(values)) as Record<string, unknown>;
}
