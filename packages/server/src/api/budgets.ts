/** Budgets: what may be spent, by whom, in which time; and whether a call may be made. */
import { limits, nanosFromUsd } from '@tallyspan/facts';
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count, time, usd } from './shapes.ts';

const name = z.string().min(1).max(200);
const who = {
  tenant: name.optional(),
  agent: name.optional(),
  role: name.optional(),
  provider: name.optional(),
  model: name.optional().describe('of the request or of the answer'),
  user: name.optional(),
};
const dollars = z
  .union([z.number(), z.string()])
  .refine(isAmount, 'write dollars like "0.25"')
  .describe('US dollars, at least 0, exact to the nano-dollar when written as text');
const tokens = z.int().min(0).describe('input and output together');

function isAmount(value: string | number): boolean {
  try {
    return nanosFromUsd(value) >= 0n;
  } catch {
    return false;
  }
}

export const BudgetInput = z.strictObject({
  name,
  scope: z.strictObject(who).default({}).describe('whose calls; what is absent is any'),
  limits: z
    .strictObject({ usd: dollars.optional(), tokens: tokens.optional(), calls: count.optional() })
    .refine((given) => Object.values(given).some((limit) => limit !== undefined), 'give at least one limit'),
  window: z.enum(['run', 'hour', 'day', 'month']).describe('of the calendar, in UTC; or each run of an agent'),
  thresholds: z
    .array(z.number().min(0).max(10_000))
    .max(20)
    .default([50, 80, 100])
    .describe('percent of the limit at which alerts are told'),
  action: z
    .enum(['alert', 'block'])
    .default('alert')
    .describe('block: who asks is told not to make a call that would overrun it'),
  enabled: z.boolean().default(true),
  version: z.int().min(1).optional().describe('the version that this replaces; another one there answers 409'),
});
export type BudgetInput = z.infer<typeof BudgetInput>;

export const BudgetAmounts = z.object({
  usd: usd.nullable(),
  tokens: z.int().nullable(),
  calls: z.int().nullable(),
});
export type BudgetAmounts = z.infer<typeof BudgetAmounts>;

export const BudgetState = z.object({
  from: time.nullable().describe('null for a run'),
  to: time.nullable(),
  run: z.string().nullable().describe('of a budget of runs: the run that is nearest to its limit'),
  state: z.enum(['ok', 'warning', 'used_up']).describe('warning: a threshold below 100 was reached'),
  spent: BudgetAmounts.describe('of stored calls, to the nano-dollar'),
  left: BudgetAmounts.describe('null where nothing is limited; below zero when it was overrun'),
  pending: BudgetAmounts.describe('held for askers, or reported by them and not stored yet'),
  percent: z.number().describe('of the limit that is nearest'),
  forecast: BudgetAmounts.nullable().describe('at the end of the window when it goes on like this; null early in it'),
  usedUpAt: time.nullable().describe('when the first limit is reached at this rate; null when not in this window'),
  explained: z.string().nullable(),
});
export type BudgetState = z.infer<typeof BudgetState>;

export const Budget = z.object({
  id: z.string(),
  version: z.int(),
  changedAt: time,
  name: z.string(),
  scope: z.object(who),
  limits: BudgetAmounts,
  window: BudgetInput.shape.window,
  thresholds: z.array(z.number()),
  action: z.enum(['alert', 'block']),
  enabled: z.boolean(),
  now: BudgetState.nullable().describe('null when it is not enabled, or no run is known'),
});
export type Budget = z.infer<typeof Budget>;

export const BudgetList = z.object({ budgets: z.array(Budget) });
export type BudgetList = z.infer<typeof BudgetList>;

export const BudgetDecision = z.object({
  allowed: z.boolean(),
  budget: z
    .object({ id: z.string(), name: z.string(), window: z.string() })
    .nullable()
    .describe('the one that refuses, or the one nearest to its limit; null where none is, or it is not yours to see'),
  unit: z.enum(['usd', 'tokens', 'calls']).nullable().describe('what of it refuses'),
  limit: BudgetAmounts.nullable(),
  spent: BudgetAmounts.nullable(),
  left: BudgetAmounts.nullable(),
  retryAt: time.nullable().describe('when asking again may help; null when it was allowed or is not a matter of time'),
});
export type BudgetDecision = z.infer<typeof BudgetDecision>;

const scope = { ...who, run: name.optional() };
const asker = z.string().min(1).max(200);
const amounts = z.object({ usd: dollars.default('0'), tokens: tokens.default(0), calls: count.default(0) });
const exact = z.object({ usd, tokens: count, calls: count });

export const BudgetDecisionQuery = z.object({
  ...scope,
  estimateUsd: dollars.default('0'),
  estimateTokens: z.coerce.number().pipe(tokens).default(0),
  asker: asker
    .optional()
    .describe(`holds the estimate for ${limits.budgetHoldMs / 1000} s or until it settles; without it nothing is held`),
});

export const BudgetSettleInput = z.object({
  asker,
  scope: z.object(scope).default({}),
  held: amounts.default({ usd: '0', tokens: 0, calls: 1 }).describe('the estimate it was allowed with'),
  used: amounts,
});

export const BudgetLeaseInput = z.object({
  asker,
  traced: z.boolean().default(false).describe('whether its spans carry tally.budget.asker'),
  scope: z.object(scope),
  need: amounts.describe('for calls that wait'),
  leases: z
    .array(
      z.object({ account: z.string().max(2_000), serial: z.string().max(100), quota: exact, used: exact, open: exact }),
    )
    .max(1_000)
    .default([]),
});

export const BudgetLeases = z.object({
  ttlMs: z.int(),
  leases: z.array(
    z.object({
      account: z.string(),
      serial: z.string(),
      inScope: z.boolean(),
      name: z.string().nullable(),
      window: z.string(),
      limits: z.object({ usd: z.boolean(), tokens: z.boolean(), calls: z.boolean() }).describe('what is limited'),
      limit: BudgetAmounts.nullable().describe('null where it is not yours to see'),
      spent: BudgetAmounts.nullable(),
      quota: exact.describe('what the asker may use in all since the lease began'),
      retryAt: time.nullable(),
    }),
  ),
});
export type BudgetLeases = z.infer<typeof BudgetLeases>;

const base = '/api/v1/budgets';
const params = z.object({ id: z.string().max(100) });

export const budgetRoutes = {
  decideBudget: {
    method: 'get',
    path: `${base}/decision`,
    summary: 'May this be spent now?',
    scope: 'any',
    query: BudgetDecisionQuery,
    answer: BudgetDecision,
  },
  settleBudget: {
    method: 'post',
    path: `${base}/decision/settle`,
    summary: 'What an allowed call really used',
    scope: 'ingest',
    body: BudgetSettleInput,
    status: 204,
  },
  leaseBudget: {
    method: 'post',
    path: `${base}/leases`,
    summary: 'A part of what is left, to be spent without asking for each call',
    scope: 'ingest',
    body: BudgetLeaseInput,
    answer: BudgetLeases,
  },
  listBudgets: { method: 'get', path: base, summary: 'All budgets and what stands in them', answer: BudgetList },
  createBudget: {
    method: 'post',
    path: base,
    summary: 'A new budget',
    scope: 'admin',
    body: BudgetInput,
    answer: Budget,
    status: 201,
  },
  getBudget: { method: 'get', path: `${base}/{id}`, summary: 'One budget', params, answer: Budget },
  putBudget: {
    method: 'put',
    path: `${base}/{id}`,
    summary: 'Change a budget, or make it under this id',
    scope: 'admin',
    params,
    body: BudgetInput,
    answer: Budget,
  },
  deleteBudget: {
    method: 'delete',
    path: `${base}/{id}`,
    summary: 'Delete a budget',
    scope: 'admin',
    params,
    status: 204,
  },
} as const satisfies RouteTable;
