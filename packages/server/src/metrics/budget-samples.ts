import type { Sample } from '@tallyspan/facts';
import { limits } from '@tallyspan/facts';
import type { Budgets } from '../budgets/budgets.ts';

/** How full each budget is, and how far its window is over: budgets that burn faster than time passes are used up early. */
export function budgetSamples(budgets: Pick<Budgets, 'list' | 'accountNow' | 'nowNanos'>): Sample[] {
  const now = budgets.nowNanos();
  const samples: Sample[] = [];
  for (const { id, body } of budgets.list().slice(0, limits.serverSeriesMax)) {
    const account = budgets.accountNow(id);
    if (!account) continue;
    const { tenant } = body.scope;
    const labels = {
      budget: body.name,
      budget_id: id,
      window: body.window,
      ...(tenant !== undefined && { tally_tenant: tenant }),
    };
    const gauge = (name: string, help: string, value: number) =>
      samples.push({ name: `tallyspan_budget_${name}`, help, kind: 'gauge', value, labels });
    gauge(
      'used_ratio',
      'Part of the limit that is used, of the limit that is nearest; above 1 when overrun',
      account.percent / 100,
    );
    if (account.limits.usd !== undefined) {
      gauge('limit_usd', 'What may be spent in the window', Number(account.limits.usd) / 1e9);
      gauge('spent_usd', 'What was spent in the window', Number(account.spent.usd) / 1e9);
    }
    const { span } = account;
    if (span)
      gauge('elapsed_ratio', 'Part of the window that is over', Number(now - span.from) / Number(span.to - span.from));
  }
  // All lines of one metric stand together, as the format wants it.
  return samples.sort((left, right) => left.name.localeCompare(right.name));
}
