/** How much a tenant may send. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count } from './shapes.ts';

const limits = {
  spansPerSecond: z.number().positive().nullable().describe('on average over ten seconds; null is as many as it likes'),
  bytesPerDay: z
    .int()
    .positive()
    .nullable()
    .describe('decompressed, from midnight to midnight UTC; null is as many as it likes'),
};

export const QuotaBody = z.strictObject(limits).partial();

export const Quota = z.object({
  tenant: z.string(),
  ...limits,
  bytesToday: count.describe('what this server has taken since midnight UTC, or since it was started'),
});
export type Quota = z.infer<typeof Quota>;

export const QuotaList = z.object({ quotas: z.array(Quota) });
export type QuotaList = z.infer<typeof QuotaList>;

export const QuotaParams = z.object({ tenant: z.string().min(1).max(200) });

export const quotaRoutes = {
  listQuotas: { method: 'get', path: '/api/v1/quotas', summary: 'List quotas', scope: 'admin', answer: QuotaList },
  putQuota: {
    method: 'put',
    path: '/api/v1/quotas/{tenant}',
    summary: "Set how much a tenant's keys may send",
    scope: 'admin',
    params: QuotaParams,
    body: QuotaBody,
    answer: Quota,
  },
  deleteQuota: {
    method: 'delete',
    path: '/api/v1/quotas/{tenant}',
    summary: 'Let a tenant send as much as it likes',
    scope: 'admin',
    params: QuotaParams,
    status: 204,
  },
} as const satisfies RouteTable;
