/** A budget in words and shares. */
import type { Budget, BudgetAmounts } from '@tallyspan/server';
import { countOf, exactCount } from '../format/count.ts';
import { exactUsd, formatUsd, shareOf } from '../format/money.ts';

export type Unit = 'usd' | 'tokens' | 'calls';
export const UNITS: readonly Unit[] = ['usd', 'tokens', 'calls'];

export const WINDOW_TEXTS: Readonly<Record<Budget['window'], string>> = {
  run: 'each run',
  hour: 'each hour',
  day: 'each day',
  month: 'each month',
};

/** `agent crew of acme, model gpt-4o`; `all calls` where nothing is named. */
export function scopeText(scope: Readonly<Record<string, string | undefined>>): string {
  const named = Object.entries(scope).filter(([, value]) => value !== undefined);
  return named.length === 0 ? 'all calls' : named.map(([name, value]) => `${name} ${value}`).join(', ');
}

/** `$3.20`, `12,000 tokens`, `40 calls`. Exact only where it is asked for. */
export function amountText(amounts: BudgetAmounts, unit: Unit, exact = false): string {
  const amount = amounts[unit];
  if (amount === null) return 'not known';
  if (unit === 'usd') return exact ? exactUsd(String(amount)) : formatUsd(String(amount));
  const count = Number(amount);
  return `${count < 0 ? '−' : ''}${countOf(Math.abs(count), unit.slice(0, -1), unit)}`;
}

/** `$2.80 left`, or by how much it was overrun. */
export function leftText(left: BudgetAmounts, unit: Unit): string {
  const text = amountText(left, unit);
  return text.startsWith('−') ? `${text.slice(1)} over` : `${text} left`;
}

/** The part of the limit; above 1 when it was overrun, 0 of a limit that is 0 and untouched. */
export function partOf(amounts: BudgetAmounts | null, limits: BudgetAmounts, unit: Unit): number {
  const amount = amounts?.[unit] ?? null;
  const limit = limits[unit];
  if (amount === null || limit === null) return 0;
  if (unit !== 'usd') return Number(limit) > 0 ? Number(amount) / Number(limit) : Number(amount) > 0 ? 1 : 0;
  return limit === '0' ? (amount === '0' ? 0 : 1) : shareOf(String(amount), String(limit));
}

export function percentText(percent: number): string {
  return `${percent < 10 ? percent.toFixed(1) : exactCount(percent)}%`;
}
