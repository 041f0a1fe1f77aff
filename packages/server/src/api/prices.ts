/** Prices of one's own, calls that have none, and pricing stored calls anew. */
import { rateTypes } from '@tallyspan/facts';
import { z } from 'zod';
import { DataJob } from './data.ts';
import type { RouteTable } from './route.ts';
import { count, time } from './shapes.ts';

const name = z.string().min(1).max(200);
const rates = z
  .partialRecord(z.enum(rateTypes), z.number().min(0).max(1e9))
  .refine((given) => Object.keys(given).length > 0, 'give at least one rate')
  .describe('US dollars per million tokens; request: per million calls');

const price = {
  tenant: name.optional().describe('default: every tenant'),
  provider: name.optional().describe('default: any'),
  model: name.regex(/^[^*]*\*?$/, 'a star stands at the end').describe('a name, or the begin of names: gpt-4o*'),
  rates,
  from: z.iso.date().optional().describe('calls from this day on, in UTC; default: all'),
  note: z.string().max(1_000).optional(),
};

export const PriceInput = z.strictObject({
  ...price,
  version: z.int().min(1).optional().describe('the version that this replaces; another one there answers 409'),
});
export type PriceInput = z.infer<typeof PriceInput>;

export const Price = z.object({ id: z.string(), version: z.int(), changedAt: time, ...price });
export type Price = z.infer<typeof Price>;
export const PriceList = z.object({ prices: z.array(Price), tables: z.string().describe('what holds elsewhere') });
export type PriceList = z.infer<typeof PriceList>;

export const UnpricedList = z.object({
  models: z.array(
    z.object({
      provider: z.string().nullable(),
      model: z.string().nullable(),
      calls: count,
      inputTokens: count,
      outputTokens: count,
      since: time.describe('the start of the first call'),
      last: time,
    }),
  ),
  truncated: z.boolean(),
});
export type UnpricedList = z.infer<typeof UnpricedList>;

export const RepriceInput = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  tenant: name.optional(),
  model: name.optional().describe('of the request or of the answer'),
  dryRun: z.boolean().default(true).describe('only say what would change'),
});

const base = '/api/v1/prices';
const params = z.object({ id: z.string().regex(/^[\w-]{1,100}$/) });

export const priceRoutes = {
  listPrices: { method: 'get', path: base, summary: "Prices of one's own", answer: PriceList },
  listUnpriced: {
    method: 'get',
    path: `${base}/unpriced`,
    summary: 'Models that nobody knows a price of, the most called first',
    query: z.object({
      from: RepriceInput.shape.from,
      to: RepriceInput.shape.to,
      tenant: name.optional(),
    }),
    answer: UnpricedList,
  },
  createPrice: {
    method: 'post',
    path: base,
    summary: 'Set a price for calls that come from now on',
    scope: 'admin',
    body: PriceInput,
    answer: Price,
    status: 201,
  },
  putPrice: {
    method: 'put',
    path: `${base}/{id}`,
    summary: 'Change a price, or make it under this id',
    scope: 'admin',
    params,
    body: PriceInput,
    answer: Price,
  },
  deletePrice: {
    method: 'delete',
    path: `${base}/{id}`,
    summary: 'Delete a price',
    scope: 'admin',
    params,
    status: 204,
  },
  reprice: {
    method: 'post',
    path: `${base}/reprice`,
    summary: 'Price stored calls anew, or say what that would change',
    scope: 'admin',
    body: RepriceInput,
    answer: DataJob,
    status: 202,
  },
} as const satisfies RouteTable;
