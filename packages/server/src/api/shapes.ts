/** Shapes that several routes share. */
import { z } from 'zod';

export const usd = z
  .string()
  .regex(/^-?\d+(\.\d{1,9})?$/)
  .describe('US dollars, exact to the nano-dollar');
export const time = z.string().describe('ISO 8601, UTC, nanoseconds');
export const count = z.int().min(0);

export const totals = {
  calls: count.describe('billable calls: model, embeddings and rerank requests'),
  errors: count.describe('billable calls that failed'),
  inputTokens: count.describe('includes cache reads and writes'),
  outputTokens: count.describe('includes reasoning'),
  cacheReadTokens: count,
  cacheWriteTokens: count,
  reasoningTokens: count,
  costUsd: usd.describe('sum of the priced calls'),
  unpricedCalls: count.describe('calls whose price is not known; they are not in costUsd'),
};
export const Totals = z.object(totals);
export type Totals = z.infer<typeof Totals>;

export const Problem = z.object({
  error: z.object({ code: z.string(), what: z.string(), why: z.string(), fix: z.string() }),
});
export type Problem = z.infer<typeof Problem>;

/** Filters that lists share; all are optional. `from` and `to` are ISO 8601; from is inclusive, to exclusive. */
export const range = {
  from: z.iso.datetime({ offset: true }).optional().describe('only what started at or after this time'),
  to: z.iso.datetime({ offset: true }).optional().describe('only what started before this time'),
  tenant: z.string().optional(),
  agent: z.string().optional(),
};

/** What somebody types into the box: the grammar is that of `@tallyspan/facts/query`, and `/api/v1/facets` lists its fields. */
export const q = z
  .string()
  .optional()
  .describe(
    'filter: `model:gpt-4o cost>0.01 -tool:search status:error (agent:a OR agent:b) attr.http.method:GET "free text"`; the fields are listed by /api/v1/facets',
  );

/** The filters of every question about spans and traces. */
export const filters = { ...range, q };

export const Percentiles = z
  .object({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() })
  .describe('interpolated between the nearest values');
export type Percentiles = z.infer<typeof Percentiles>;
