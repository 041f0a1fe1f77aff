/** Single spans, and what can be typed to find them. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { filters, time } from './shapes.ts';
import { Span } from './traces.ts';

export const SpanRow = Span.pick({
  spanId: true,
  parentSpanId: true,
  name: true,
  kind: true,
  start: true,
  durationMs: true,
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
  timeToFirstChunkMs: true,
  inputTokens: true,
  outputTokens: true,
  cacheReadTokens: true,
  cacheWriteTokens: true,
  reasoningTokens: true,
  billable: true,
}).extend({
  traceId: z.string(),
  tenant: z.string().nullable(),
  runId: z.string().nullable(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  service: z.string().nullable().describe('service.name of the resource'),
  guard: z.string().nullable().describe('the worst that the guard said'),
  costUsd: z.string().nullable().describe('US dollars, exact; null when nobody knows or bills it'),
  costSource: z.enum(['provider', 'computed', 'client', 'unpriced']).nullable(),
});
export type SpanRow = z.infer<typeof SpanRow>;

export const SpanList = z.object({
  spans: z.array(SpanRow).describe('newest first'),
  nextCursor: z.string().nullable().describe('pass as cursor for the next page; null at the end'),
});
export type SpanList = z.infer<typeof SpanList>;

export const FilterField = z.object({
  name: z.string(),
  type: z.enum(['text', 'id', 'count', 'duration', 'seconds', 'money', 'attribute']),
  description: z.string(),
  example: z.string(),
  operators: z.array(z.string()),
  ofTraces: z.boolean().describe('whether a list of traces asks the trace and not its spans'),
  ofSpans: z.boolean().describe('whether spans have it'),
});
export type FilterField = z.infer<typeof FilterField>;

export const Facets = z.object({
  field: z.string().nullable(),
  fields: z.array(FilterField).describe('when no field is asked for: those whose name begins with prefix'),
  values: z
    .array(z.object({ value: z.string(), count: z.int().min(0) }))
    .describe('when a field is asked for: its values that begin with prefix, with how many spans have them'),
});
export type Facets = z.infer<typeof Facets>;

export const SpansQuery = z.object({
  ...filters,
  traceId: z.string().optional().describe('only this trace'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().optional(),
});

export const FacetsQuery = z.object({
  ...filters,
  field: z
    .string()
    .max(300)
    .optional()
    .describe('a field of the filter grammar, or an attribute as attr.<key>; attr. and resource. list keys'),
  prefix: z.string().max(300).default('').describe('how values begin, in any case'),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

export const ScannerRow = z.object({
  scanner: z.string(),
  outcome: z.string().describe('what the guard made of the text: blocked, redacted, annotated, not_scanned'),
  tenant: z.string().nullable(),
  agent: z.string().nullable(),
  count: z.int().min(1).describe('spans in which it found something'),
});

export const Guard = z.object({
  outcomes: z.array(
    z.object({
      outcome: z.string(),
      tenant: z.string().nullable(),
      agent: z.string().nullable(),
      count: z.int().min(1),
      last: time,
    }),
  ),
  scanners: z.array(ScannerRow),
  recent: z.array(SpanRow).describe('the newest spans about which the guard said something'),
});
export type Guard = z.infer<typeof Guard>;

export const spanRoutes = {
  listSpans: { method: 'get', path: '/api/v1/spans', summary: 'List spans', query: SpansQuery, answer: SpanList },
  getFacets: {
    method: 'get',
    path: '/api/v1/facets',
    summary: 'What can be filtered by: fields, and values of a field with their counts',
    query: FacetsQuery,
    answer: Facets,
  },
  getGuard: {
    method: 'get',
    path: '/api/v1/guard',
    summary: 'What the guard said: by outcome and by scanner, and the newest verdicts',
    query: z.object(filters),
    answer: Guard,
  },
} as const satisfies RouteTable;
