/** Budgets as the API shows them: money as text, what is not limited as null. */
import { NANOS_PER_MS, usdFromNanos } from '@tallyspan/facts';
import type { Budget, BudgetAmounts, BudgetState } from '../api.ts';
import { isoFromNanos } from '../query/time.ts';
import type { Account } from './account.ts';
import type { Amounts } from './amounts.ts';
import type { Budgets, StoredBudget } from './budgets.ts';
import { limitsOf } from './definition.ts';
import { forecast } from './forecast.ts';

export function presentBudget({ id, version, changedAt, body }: StoredBudget, budgets: Budgets): Budget {
  const { name, scope, window, thresholds, action, enabled } = body;
  const account = budgets.accountNow(id);
  return {
    id,
    version,
    changedAt: isoFromNanos(BigInt(changedAt) * NANOS_PER_MS),
    name,
    scope,
    limits: presentAmounts(limitsOf(body)),
    window,
    thresholds,
    action,
    enabled,
    now: account ? presentState(account, budgets) : null,
  };
}

function presentState(account: Account, budgets: Budgets): BudgetState {
  const { span, run, spent, limits, percent } = account;
  const now = budgets.nowNanos();
  const expected = span && forecast(spent, limits, span, now);
  return {
    from: span ? isoFromNanos(span.from) : null,
    to: span ? isoFromNanos(span.to) : null,
    run: run?.id ?? null,
    state: percent >= 100 ? 'used_up' : account.definition.thresholds.some((at) => percent >= at) ? 'warning' : 'ok',
    spent: presentAmounts(spent),
    left: presentAmounts(leftOf(account)),
    pending: presentAmounts(account.leases.outstanding(budgets.nowMs())),
    percent,
    forecast: expected ? presentAmounts(expected.atEnd) : null,
    usedUpAt: expected?.usedUpAt === undefined ? null : isoFromNanos(expected.usedUpAt),
    explained: expected?.explained ?? null,
  };
}

/** What an asker may see of a budget that decides about its call: nothing of one that is about others as well. */
export function presentSeen(account: Account, tenant: string | undefined) {
  const { definition, budgetId, spent, limits } = account;
  if (tenant !== undefined && definition.scope.tenant !== tenant) return undefined;
  return {
    budget: { id: budgetId, name: definition.name, window: definition.window },
    limit: presentAmounts(limits),
    spent: presentAmounts(spent),
    left: presentAmounts(leftOf(account)),
  };
}

function leftOf({ limits, spent }: Account): Partial<Amounts> {
  return {
    ...(limits.usd !== undefined && { usd: limits.usd - spent.usd }),
    ...(limits.tokens !== undefined && { tokens: limits.tokens - spent.tokens }),
    ...(limits.calls !== undefined && { calls: limits.calls - spent.calls }),
  };
}

function presentAmounts({ usd, tokens, calls }: Readonly<Partial<Amounts>>): BudgetAmounts {
  return {
    usd: usd === undefined ? null : usdFromNanos(usd),
    tokens: tokens === undefined ? null : Number(tokens),
    calls: calls === undefined ? null : Number(calls),
  };
}
