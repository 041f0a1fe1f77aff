/** What somebody decided may be spent, as it is kept, and whose calls it is about. */
import { isBillable, nanosFromUsd } from '@tallyspan/facts';
import { type CostFilter, type StoredSpan, tenantOf } from '@tallyspan/store';
import { type Amounts, noAmounts } from './amounts.ts';
import type { Window } from './window.ts';

/** What is absent is any. */
export interface BudgetScope {
  tenant?: string | undefined;
  agent?: string | undefined;
  role?: string | undefined;
  provider?: string | undefined;
  /** Of the request or of the answer: `gpt-4o` is also what answers as `gpt-4o-2024-08-06`. */
  model?: string | undefined;
  user?: string | undefined;
}

/** The body of an object of the kind `budgets`. */
export interface BudgetDefinition {
  name: string;
  scope: BudgetScope;
  /** At least one. Dollars are an exact decimal: `"12.5"`. */
  limits: { usd?: string | undefined; tokens?: number | undefined; calls?: number | undefined };
  window: Window;
  /** Percent of the limit at which somebody is told. */
  thresholds: number[];
  /** `block`: a call that would overrun it is not made by those who ask. `alert`: it is only told. */
  action: 'alert' | 'block';
  enabled: boolean;
}

/** Of which budgets a call is. */
export interface Whose {
  tenant: string;
  agent: string | undefined;
  role: string | undefined;
  provider: string | undefined;
  models: readonly (string | undefined)[];
  user: string | undefined;
  run: string | undefined;
}

export function whoseSpan(span: Pick<StoredSpan, 'facts'>): Whose {
  const { agent, role, provider, requestModel, responseModel, userId, runId } = span.facts;
  return {
    tenant: tenantOf(span),
    agent,
    role,
    provider,
    models: [requestModel, responseModel],
    user: userId,
    run: runId,
  };
}

export function isInScope(scope: BudgetScope, whose: Whose): boolean {
  return (
    (scope.tenant === undefined || scope.tenant === whose.tenant) &&
    (scope.agent === undefined || scope.agent === whose.agent) &&
    (scope.role === undefined || scope.role === whose.role) &&
    (scope.provider === undefined || scope.provider === whose.provider) &&
    (scope.model === undefined || whose.models.includes(scope.model)) &&
    (scope.user === undefined || scope.user === whose.user)
  );
}

/** The same spans, as the store is asked for them. */
export function filterOf(scope: BudgetScope): CostFilter {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined));
}

/** What a span counts, as the store's sums count it; undefined for what nobody bills. */
export function amountsOf({ facts, cost }: Pick<StoredSpan, 'facts' | 'cost'>): Amounts | undefined {
  if (!isBillable(facts)) return undefined;
  const count = (value: number | undefined) => (Number.isSafeInteger(value) ? BigInt(value!) : 0n);
  return { usd: cost?.nanos ?? 0n, tokens: count(facts.inputTokens) + count(facts.outputTokens), calls: 1n };
}

/** Undefined where a unit is not limited. */
export function limitsOf({ limits }: BudgetDefinition): Partial<Amounts> {
  return {
    ...(limits.usd !== undefined && { usd: nanosFromUsd(limits.usd) }),
    ...(limits.tokens !== undefined && { tokens: BigInt(limits.tokens) }),
    ...(limits.calls !== undefined && { calls: BigInt(limits.calls) }),
  };
}

export function amountsFrom(total: { costNanos: bigint; inputTokens: number; outputTokens: number; calls: number }) {
  const amounts = noAmounts();
  amounts.usd = total.costNanos;
  amounts.tokens = BigInt(total.inputTokens) + BigInt(total.outputTokens);
  amounts.calls = BigInt(total.calls);
  return amounts;
}
