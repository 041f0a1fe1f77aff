import type { Guard } from '@tallyspan/server';

/** What the guard can make of a text, the gravest first. Others stand behind these. */
const ORDER = ['blocked', 'redacted', 'annotated', 'not_scanned'];

/** What it is called. */
export const OUTCOMES: Readonly<Record<string, string>> = {
  blocked: 'Blocked',
  redacted: 'Redacted',
  annotated: 'Annotated',
  not_scanned: 'Not scanned',
};

/** How often each outcome was, over all tenants and agents. */
export function sumOutcomes(rows: Guard['outcomes']): { outcome: string; count: number }[] {
  const sums = new Map<string, number>([['blocked', 0]]);
  for (const { outcome, count } of rows) sums.set(outcome, (sums.get(outcome) ?? 0) + count);
  return [...sums].map(([outcome, count]) => ({ outcome, count })).sort((a, b) => rank(a.outcome) - rank(b.outcome));
}

function rank(outcome: string): number {
  const at = ORDER.indexOf(outcome);
  return at < 0 ? ORDER.length : at;
}
