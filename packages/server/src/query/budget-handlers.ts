import { randomUUID } from 'node:crypto';
import { limits, nanosFromUsd, TallyError, usdFromNanos } from '@tallyspan/facts';
import { defaultTenant } from '@tallyspan/store';
import { type Budget, type BudgetInput, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import type { Amounts } from '../budgets/amounts.ts';
import { askerOf, type Budgets, type StoredBudget } from '../budgets/budgets.ts';
import { decide, exchange, settle } from '../budgets/decide.ts';
import type { BudgetDefinition, Whose } from '../budgets/definition.ts';
import { presentBudget, presentSeen } from '../budgets/present-budget.ts';
import type { Handlers } from './handlers.ts';
import { isoFromNanos } from './time.ts';

type Names =
  | 'listBudgets'
  | 'getBudget'
  | 'createBudget'
  | 'putBudget'
  | 'deleteBudget'
  | 'decideBudget'
  | 'settleBudget'
  | 'leaseBudget';

export function budgetHandlers(budgets: Budgets): Handlers<Names> {
  const present = (budget: StoredBudget): Budget => presentBudget(budget, budgets);
  const missing = (id: string) => new TallyError('NOT_FOUND', { thing: 'budget', id, list: routes.listBudgets.path });
  /** Another tenant's budget is none. */
  const own = (id: string, { tenant }: Access): StoredBudget => {
    const found = budgets.get(id, tenant);
    if (!found) throw missing(id);
    return found;
  };

  return {
    listBudgets: ({ access }) => ({ budgets: budgets.list(access.tenant).map(present) }),
    getBudget: ({ params, access }) => present(own(params.id, access)),

    async createBudget({ body, access }) {
      if (budgets.list().length >= limits.budgetsMax) throw tooMany();
      return present(await budgets.put(`b_${randomUUID().slice(0, 13)}`, definitionOf(body, access), 0));
    },
    async putBudget({ params: { id }, body, access }) {
      if (!/^[\w-]{1,100}$/.test(id) || id === 'decision' || id === 'leases')
        throw new TallyError('BAD_QUERY', { field: 'id', reason: 'use letters, digits, - and _' });
      const there = budgets.get(id);
      if (there) own(id, access);
      else if (body.version !== undefined) throw missing(id);
      else if (budgets.list().length >= limits.budgetsMax) throw tooMany();
      return present(await budgets.put(id, definitionOf(body, access), there ? body.version : 0));
    },
    async deleteBudget({ params, access }) {
      await budgets.delete(own(params.id, access).id);
    },

    async decideBudget({ query, access }) {
      const { estimateUsd, estimateTokens, asker, ...scope } = query;
      const estimate = { usd: nanosFromUsd(estimateUsd), tokens: BigInt(estimateTokens), calls: 1n };
      const said = await decide(budgets, whoseCall(scope, access), estimate, asker && askerOf(asker, access.tenant));
      const seen = said.account && presentSeen(said.account, access.tenant);
      return {
        allowed: said.allowed,
        budget: seen?.budget ?? null,
        unit: said.unit ?? null,
        limit: seen?.limit ?? null,
        spent: seen?.spent ?? null,
        left: seen?.left ?? null,
        retryAt: said.retryAt === undefined ? null : isoFromNanos(said.retryAt),
      };
    },
    async settleBudget({ body, access }) {
      const whose = whoseCall(body.scope, access);
      await settle(budgets, whose, askerOf(body.asker, access.tenant), amountsIn(body.held), amountsIn(body.used));
    },
    async leaseBudget({ body, access }) {
      const { asker, traced, scope, need, leases } = body;
      const reports = new Map(
        leases.map(({ account, serial, quota, used, open }) => [
          account,
          { serial, quota: amountsIn(quota), used: amountsIn(used), open: amountsIn(open) },
        ]),
      );
      const name = askerOf(asker, access.tenant);
      const granted = await exchange(budgets, name, traced, whoseCall(scope, access), amountsIn(need), reports);
      return {
        ttlMs: limits.budgetLeaseMs,
        leases: granted.map(({ account, serial, quota, inScope, retryAt }) => {
          const { usd, tokens, calls } = account.limits;
          const seen = presentSeen(account, access.tenant);
          return {
            account: account.key,
            serial,
            inScope,
            name: seen?.budget.name ?? null,
            window: account.definition.window,
            limits: { usd: usd !== undefined, tokens: tokens !== undefined, calls: calls !== undefined },
            limit: seen?.limit ?? null,
            spent: seen?.spent ?? null,
            quota: { usd: usdFromNanos(quota.usd), tokens: Number(quota.tokens), calls: Number(quota.calls) },
            retryAt: retryAt === undefined ? null : isoFromNanos(retryAt),
          };
        }),
      };
    },
  };
}

function tooMany(): TallyError {
  return new TallyError('BAD_QUERY', { field: 'the body', reason: `there are ${limits.budgetsMax} budgets already` });
}

/** A key of one tenant makes budgets of that tenant. */
function definitionOf({ version: _, ...given }: BudgetInput, { tenant }: Access): BudgetDefinition {
  if (tenant !== undefined && given.scope.tenant !== undefined && given.scope.tenant !== tenant)
    throw new TallyError('BAD_QUERY', { field: 'scope.tenant', reason: 'this key is for another tenant' });
  const { usd, ...others } = given.limits;
  return {
    ...given,
    scope: { ...given.scope, ...(tenant !== undefined && { tenant }) },
    limits: { ...others, ...(usd !== undefined && { usd: usdFromNanos(nanosFromUsd(usd)) }) },
    thresholds: [...new Set(given.thresholds)].sort((left, right) => left - right),
  };
}

interface AskedScope {
  tenant?: string | undefined;
  agent?: string | undefined;
  role?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  user?: string | undefined;
  run?: string | undefined;
}

/** Spans sent with a key of one tenant are that tenant's, so its calls are as well. */
function whoseCall({ tenant, agent, role, provider, model, user, run }: AskedScope, access: Access): Whose {
  return { tenant: access.tenant ?? tenant ?? defaultTenant, agent, role, provider, models: [model], user, run };
}

function amountsIn(given: { usd: string | number; tokens: number; calls: number }): Amounts {
  return { usd: nanosFromUsd(given.usd), tokens: BigInt(given.tokens), calls: BigInt(given.calls) };
}
