/** The audit log. */
import { limits } from '@tallyspan/facts';
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count, time } from './shapes.ts';

export const AuditEntry = z.object({
  at: time.describe('ISO 8601, UTC'),
  who: z.string(),
  tenant: z.string().nullable().describe('whose key it was; null for keys of all tenants'),
  action: z.string().describe('the name of the route; of a refusal what was asked for'),
  target: z.string().nullable(),
  from: z.string().describe('the address that asked'),
  outcome: z.string().describe('ok, or the code of the error'),
  detail: z.string().nullable(),
  count: count.describe('how often: refusals are told together'),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditLog = z.object({
  entries: z.array(AuditEntry).describe('newest first'),
  nextCursor: z.string().nullable().describe('pass as cursor for the next page; null at the end'),
});
export type AuditLog = z.infer<typeof AuditLog>;

export const AuditQuery = z.object({
  of: z.enum(['actions', 'refusals']).default('actions').describe('what was done, or who was not let in'),
  limit: z.coerce.number().int().min(1).max(limits.auditPageMax).default(100),
  cursor: z.string().optional(),
});

export const auditRoutes = {
  listAudit: {
    method: 'get',
    path: '/api/v1/audit',
    summary: 'Who did what, when and from where, on this server',
    scope: 'admin',
    query: AuditQuery,
    answer: AuditLog,
  },
} as const satisfies RouteTable;
