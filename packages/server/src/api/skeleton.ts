/** A trace of very many spans: what draws it, in columns, and one of its spans whole. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { Span, SpanCost, Trace, TraceParams, TraceQuery, TraceSummary } from './traces.ts';

const integers = z.array(z.int());

/** What many spans of a trace have in common. */
export const SpanPattern = Span.pick({
  kind: true,
  status: true,
  statusMessage: true,
  operation: true,
  provider: true,
  model: true,
  requestModel: true,
  agent: true,
  role: true,
  tool: true,
  errorType: true,
  billable: true,
}).extend({
  guardOutcome: z.string().nullable(),
  cost: SpanCost.pick({ source: true, version: true, priceId: true }).nullable(),
});
export type SpanPattern = z.infer<typeof SpanPattern>;

export const Skeleton = z.object({
  summary: TraceSummary,
  names: z.array(z.string()).describe('each name of a span once'),
  patterns: z.array(SpanPattern).describe('each combination once'),
  spans: z
    .object({
      ids: z.string().describe('span ids of 8 bytes each, one after another, in base64'),
      parents: integers.describe(
        'how many places before this one the parent stands; negative: after; 0: it is not here',
      ),
      names: integers.describe('place in names'),
      patterns: integers.describe('place in patterns'),
      starts: integers.describe(
        'microseconds from the start of the span before; of the first one from the start of the trace',
      ),
      durations: integers.describe('microseconds'),
    })
    .describe('columns, by start; one entry for each span'),
  missingParents: z
    .record(z.string(), z.string())
    .describe('by place: ids of parents that are not here. A span with parent 0 and no entry is a root'),
  calls: z
    .object({
      at: integers.describe('places further than the entry before'),
      firstChunks: integers.describe('microseconds to the first chunk'),
      inputTokens: integers,
      outputTokens: integers,
      cacheReadTokens: integers,
      cacheWriteTokens: integers,
      reasoningTokens: integers,
      costNanos: z.array(z.union([z.int(), z.string()])).describe('nano-dollars; as text beyond 2^53'),
    })
    .describe('columns, one entry for each span that has tokens, a cost or a first chunk; -1 where it is not known'),
});
export type Skeleton = z.infer<typeof Skeleton>;

export const TraceAnswer = Trace.extend({
  beginning: Skeleton.optional().describe(
    'when it was asked for and spans is empty: sums over its spans are not those of the trace',
  ),
});
export type TraceAnswer = z.infer<typeof TraceAnswer>;

export const SpanParams = TraceParams.extend({
  spanId: z.string().regex(/^[0-9a-fA-F]{16}$/, 'a span id has 16 hex digits'),
});

export const skeletonRoutes = {
  getTrace: {
    method: 'get',
    path: '/api/v1/traces/{traceId}',
    summary: 'One trace with all its spans',
    params: TraceParams,
    query: TraceQuery,
    answer: TraceAnswer,
  },
  getSkeleton: {
    method: 'get',
    path: '/api/v1/traces/{traceId}/skeleton',
    summary: 'One trace without the details of its spans, in columns: under 60 bytes a span',
    params: TraceParams,
    answer: Skeleton,
  },
  getSpan: {
    method: 'get',
    path: '/api/v1/traces/{traceId}/spans/{spanId}',
    summary: 'One span with all that is known of it',
    params: SpanParams,
    answer: Span,
  },
} as const satisfies RouteTable;
