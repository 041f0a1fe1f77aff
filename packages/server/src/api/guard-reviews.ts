/** What people say of the guard's verdicts. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count, filters, time } from './shapes.ts';
import { SpanRow } from './spans.ts';

const verdict = z.enum(['right', 'false_positive']).describe('whether the guard was right');

export const GuardReview = z.object({ verdict, who: z.string(), at: time });
export type GuardReview = z.infer<typeof GuardReview>;

export const GuardVerdict = z.object({
  span: SpanRow,
  scanners: z.array(z.string()).describe('names of those that found something; never what they found'),
  review: GuardReview.nullable().describe('null until somebody looked'),
});
export type GuardVerdict = z.infer<typeof GuardVerdict>;

export const GuardReviews = z.object({
  verdicts: z.array(GuardVerdict).describe('the newest first; not_scanned is no verdict'),
  nextCursor: z
    .string()
    .nullable()
    .describe('pass as cursor to look further, even when fewer than the limit came; null at the end'),
  rules: z
    .array(
      z.object({
        scanner: z.string(),
        found: count.describe('spans that are stored'),
        right: count,
        falsePositives: count,
        falsePositiveRate: z.number().min(0).max(1).nullable().describe('of those reviewed; null when none was'),
      }),
    )
    .describe('by scanner, for the same filter'),
  rulesTruncated: z.boolean().describe('whether there are more scanners, or more reviews than were looked at'),
  mayReview: z.boolean().describe('whether whoever asks may say so'),
});
export type GuardReviews = z.infer<typeof GuardReviews>;

export const GuardReviewsQuery = z.object({
  ...filters,
  state: z.enum(['all', 'unreviewed', 'right', 'false_positive']).default('all'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
});

export const GuardReviewInput = z.strictObject({
  verdict,
  tenant: z.string().max(200).optional().describe('when spans of two tenants have these ids'),
});

const base = '/api/v1/guard/reviews';
const params = z.object({
  traceId: z.string().regex(/^[0-9a-fA-F]{32}$/),
  spanId: z.string().regex(/^[0-9a-fA-F]{16}$/),
});

export const guardReviewRoutes = {
  listGuardReviews: {
    method: 'get',
    path: base,
    summary: "The guard's verdicts with what people said of them, and how often each scanner was wrong",
    query: GuardReviewsQuery,
    answer: GuardReviews,
  },
  exportGuardReviews: {
    method: 'get',
    path: `${base}/export`,
    summary: 'What was reviewed, as a file; without anything that was said in a prompt or an answer',
    query: z.object({
      from: filters.from,
      to: filters.to,
      tenant: filters.tenant,
      agent: filters.agent,
      format: z.enum(['parquet', 'csv', 'jsonl']).default('csv'),
    }),
    produces: 'application/octet-stream',
  },
  putGuardReview: {
    method: 'put',
    path: `${base}/{traceId}/{spanId}`,
    summary: 'Say that a verdict was right, or a false positive',
    scope: 'admin',
    params,
    body: GuardReviewInput,
    answer: GuardReview,
  },
  deleteGuardReview: {
    method: 'delete',
    path: `${base}/{traceId}/{spanId}`,
    summary: 'Take back what was said of a verdict',
    scope: 'admin',
    params,
    query: z.object({ tenant: GuardReviewInput.shape.tenant }),
    status: 204,
  },
} as const satisfies RouteTable;
