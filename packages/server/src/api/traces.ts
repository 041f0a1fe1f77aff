/** Traces: the list, one of them, and what is new. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count, filters, time, totals, usd } from './shapes.ts';

export const TraceSummary = z.object({
  traceId: z.string(),
  name: z.string().describe("the root span's name, or the earliest span's while the root has not arrived"),
  rootArrived: z.boolean(),
  start: time,
  durationMs: z.number(),
  status: z.enum(['ok', 'error']),
  spans: count,
  errorSpans: count,
  tenant: z.string().nullable(),
  agent: z.string().nullable(),
  runId: z.string().nullable(),
  runNumber: z.int().nullable().describe('number of this run among the runs of its agent, from 1'),
  sessionId: z.string().nullable(),
  models: z.array(z.string()),
  ...totals,
});
export type TraceSummary = z.infer<typeof TraceSummary>;

export const CostLine = z.object({
  type: z.string().describe('input, cache_read, cache_write, output, input_audio …; disjoint'),
  tokens: count,
  usdPerMillion: z.number(),
  costUsd: usd,
});

export const SpanCost = z.object({
  source: z
    .enum(['provider', 'computed', 'client', 'unpriced'])
    .describe('who says so: the provider or a gateway, our price table, the sender, or nobody'),
  costUsd: usd.nullable(),
  version: z.string().nullable().describe('price table and version'),
  priceId: z.string().nullable().describe('row of the price table: provider/model'),
  lines: z.array(CostLine),
});
export type SpanCost = z.infer<typeof SpanCost>;

export const Span = z.object({
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  name: z.string(),
  kind: z.enum(['internal', 'server', 'client', 'producer', 'consumer']),
  start: time,
  offsetMs: z.number().describe("from the trace's start"),
  durationMs: z.number(),
  status: z.enum(['unset', 'ok', 'error']),
  statusMessage: z.string().nullable(),
  operation: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable().describe('response model, or else the one asked for'),
  requestModel: z.string().nullable(),
  agent: z.string().nullable(),
  role: z.string().nullable(),
  tool: z.string().nullable(),
  errorType: z.string().nullable(),
  finishReasons: z.array(z.string()).nullable(),
  timeToFirstChunkMs: z.number().nullable(),
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
  cacheReadTokens: count.nullable(),
  cacheWriteTokens: count.nullable(),
  reasoningTokens: count.nullable(),
  billable: z.boolean().describe('whether its tokens and cost are in the totals'),
  cost: SpanCost.nullable().describe('null when the span is not billable'),
  facts: z.record(z.string(), z.unknown()).describe('everything understood, by fact'),
  attributes: z.record(z.string(), z.unknown()).describe('everything else, as sent'),
  resource: z.record(z.string(), z.unknown()),
  scope: z.object({ name: z.string(), version: z.string() }),
  events: z.array(
    z.object({ name: z.string(), time, offsetMs: z.number(), attributes: z.record(z.string(), z.unknown()) }),
  ),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes: z.record(z.string(), z.unknown()) })),
});
export type Span = z.infer<typeof Span>;

export const Trace = z.object({
  summary: TraceSummary,
  spans: z.array(Span).describe('by start time; parents may be missing'),
});
export type Trace = z.infer<typeof Trace>;

export const TraceList = z.object({
  traces: z.array(TraceSummary).describe('newest first'),
  nextCursor: z.string().nullable().describe('pass as cursor for the next page; null at the end'),
});
export type TraceList = z.infer<typeof TraceList>;

export const TracesQuery = z.object({
  ...filters,
  model: z.string().optional().describe('a model that was called'),
  status: z.enum(['ok', 'error']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});
export const TraceParams = z.object({ traceId: z.string().regex(/^[0-9a-fA-F]{32}$/, 'a trace id has 32 hex digits') });

export const TraceQuery = z.object({
  spansMax: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('when the trace has more, spans is empty: ask for its skeleton, and for single spans'),
  beginning: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('when the trace has more than spansMax: also the skeleton of about so many spans from its beginning'),
});

export const TailQuery = z.object({ q: filters.q, tenant: filters.tenant, agent: filters.agent });

/** `tail` answers `event: spans`, data `{"traceIds": [...]}` after each write to the store. */
export const traceRoutes = {
  listTraces: { method: 'get', path: '/api/v1/traces', summary: 'List traces', query: TracesQuery, answer: TraceList },
  tail: {
    method: 'get',
    path: '/api/v1/tail',
    summary: 'Live: which traces just got spans; with a filter, only those that it finds',
    query: TailQuery,
    produces: 'text/event-stream',
  },
} as const satisfies RouteTable;
