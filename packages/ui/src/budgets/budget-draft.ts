/** What stands in the form of a budget, and what is sent. */
import type { Budget } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';

export const SCOPE_FIELDS = ['tenant', 'agent', 'role', 'provider', 'model', 'user'] as const;
export type ScopeField = (typeof SCOPE_FIELDS)[number];
type Scope = Partial<Record<ScopeField, string>>;

export interface BudgetDraft {
  name: string;
  scope: Record<ScopeField, string>;
  usd: string;
  tokens: string;
  calls: string;
  window: Budget['window'];
  thresholds: string;
  action: Budget['action'];
  enabled: boolean;
}

export function draftOf(budget: Budget | undefined): BudgetDraft {
  const { limits } = budget ?? {};
  return {
    name: budget?.name ?? '',
    scope: scopeDraft(budget?.scope ?? {}),
    usd: limits?.usd ?? '',
    tokens: limits?.tokens == null ? '' : String(limits.tokens),
    calls: limits?.calls == null ? '' : String(limits.calls),
    window: budget?.window ?? 'day',
    thresholds: (budget?.thresholds ?? [50, 80, 100]).join(', '),
    action: budget?.action ?? 'alert',
    enabled: budget?.enabled ?? true,
  };
}

export function scopeDraft(scope: Readonly<Record<string, string | undefined>>): Record<ScopeField, string> {
  return Object.fromEntries(SCOPE_FIELDS.map((name) => [name, scope[name] ?? ''])) as Record<ScopeField, string>;
}

/** Without what was left empty. */
export function scopeOf(scope: Readonly<Record<ScopeField, string>>): Scope {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== ''));
}

/** What is wrong, by field; nothing when it may be sent. */
export function problemsOf(draft: BudgetDraft): Partial<Record<keyof BudgetDraft, string>> {
  const problems: Partial<Record<keyof BudgetDraft, string>> = {};
  if (draft.name.trim() === '') problems.name = 'Give it a name.';
  if (draft.usd !== '' && !isAmount(draft.usd)) problems.usd = 'Write dollars like 0.25, with at most nine places.';
  for (const unit of ['tokens', 'calls'] as const) {
    if (draft[unit] !== '' && !/^\d{1,15}$/.test(draft[unit])) problems[unit] = 'Write a whole number.';
  }
  if (draft.usd === '' && draft.tokens === '' && draft.calls === '') problems.usd = 'Give at least one limit.';
  if (thresholdsOf(draft.thresholds) === undefined) problems.thresholds = 'Write percents like 50, 80, 100.';
  return problems;
}

/** As the API takes it; with the version that it replaces. */
export function inputOf(draft: BudgetDraft, version: number | undefined): Record<string, unknown> {
  const { usd, tokens, calls } = draft;
  return {
    name: draft.name.trim(),
    scope: scopeOf(draft.scope),
    limits: {
      ...(usd !== '' && { usd }),
      ...(tokens !== '' && { tokens: Number(tokens) }),
      ...(calls !== '' && { calls: Number(calls) }),
    },
    window: draft.window,
    thresholds: thresholdsOf(draft.thresholds),
    action: draft.action,
    enabled: draft.enabled,
    ...(version !== undefined && { version }),
  };
}

function thresholdsOf(text: string): number[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  const values = parts.map(Number);
  return values.every((value) => value >= 0 && value <= 10_000) && values.length <= 20 ? values : undefined;
}

function isAmount(text: string): boolean {
  try {
    return nanosFromUsd(text) >= 0n;
  } catch {
    return false;
  }
}
