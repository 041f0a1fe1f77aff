import type { Totals } from '@tallyspan/server';

/** What a cost cell says: an amount, an amount that lacks some calls, or that nobody knows a price. */
export function pricing(totals: Pick<Totals, 'calls' | 'unpricedCalls'>): 'priced' | 'partly' | 'unpriced' {
  if (totals.unpricedCalls === 0) return 'priced';
  return totals.unpricedCalls >= totals.calls ? 'unpriced' : 'partly';
}
