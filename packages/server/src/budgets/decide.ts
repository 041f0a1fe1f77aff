/** May this be spent? Answered from memory; only the first question about a run asks the store. */
import { limits, NANOS_PER_MS } from '@tallyspan/facts';
import type { Account } from './account.ts';
import { type Amounts, eachUnit, type Unit } from './amounts.ts';
import type { Budgets } from './budgets.ts';
import type { Whose } from './definition.ts';
import type { LeaseReport } from './leases.ts';

export interface Verdict {
  allowed: boolean;
  /** The budget that refuses, with the unit; of an allowed call the one that is nearest to its limit. */
  account: Account | undefined;
  unit: Unit | undefined;
  /** When it may be asked again, in Unix nanoseconds; undefined when that is not a matter of time. */
  retryAt: bigint | undefined;
}

/** With an asker the estimate is held for it until it settles, at most `limits.budgetHoldMs`; without one the answer is advice. */
export async function decide(
  budgets: Budgets,
  whose: Whose,
  estimate: Amounts,
  asker: string | undefined,
): Promise<Verdict> {
  const accounts = await budgets.accountsFor(whose);
  const nowMs = budgets.nowMs();
  for (const account of accounts) {
    const unit = account.refuses(estimate, nowMs, budgets.servers);
    if (unit !== undefined)
      return { allowed: false, account, unit, retryAt: retryAt(budgets, account, unit, estimate[unit]) };
  }
  if (asker !== undefined) for (const { leases } of accounts) leases.hold(asker, estimate, nowMs);
  const nearest = accounts.toSorted((left, right) => right.percent - left.percent)[0];
  return { allowed: true, account: nearest, unit: undefined, retryAt: undefined };
}

/** A call that was allowed with an asker has ended. */
export async function settle(
  budgets: Budgets,
  whose: Whose,
  asker: string,
  held: Amounts,
  used: Amounts,
): Promise<void> {
  for (const { leases } of await budgets.accountsFor(whose)) leases.settle(asker, held, used, budgets.nowMs());
}

export interface Granted {
  account: Account;
  serial: string;
  quota: Amounts;
  /** Whether calls of the scope that was asked about have to fit into it. */
  inScope: boolean;
  /** When more may be there, in Unix nanoseconds. */
  retryAt: bigint | undefined;
}

/**
 * An asker's leases, renewed: those it reports, and those of what it is about to do. Leases of accounts that are gone (another window,
 * a budget that was deleted or changed) are not in the answer.
 */
export async function exchange(
  budgets: Budgets,
  asker: string,
  traced: boolean,
  whose: Whose,
  need: Amounts,
  reports: ReadonlyMap<string, LeaseReport>,
): Promise<Granted[]> {
  const inScope = new Set(await budgets.accountsFor(whose));
  const all = new Set(inScope);
  for (const key of reports.keys()) {
    const account = budgets.accountByKey(key);
    if (account?.definition.action === 'block') all.add(account);
  }
  const nowMs = budgets.nowMs();
  const nothing = eachUnit(() => 0n);
  // With several servers the spans of an asker may be stored by another one, so this one cannot wait for them.
  const asks = { traced: traced && budgets.servers === 1, nowMs };
  return [...all].map((account) => {
    const wanted = inScope.has(account) ? need : nothing;
    const { serial, quota } = account.leases.exchange(
      asker,
      reports.get(account.key),
      { ...asks, need: wanted },
      (outstanding) => partOf(account.free(outstanding), budgets.servers),
      account.shareMax(nowMs, budgets.servers),
    );
    return {
      account,
      serial,
      quota,
      inScope: inScope.has(account),
      retryAt: retryAt(budgets, account, undefined, 0n),
    };
  });
}

/** What one of several servers may give out of what is left. */
function partOf(free: Partial<Amounts>, servers: number): Partial<Amounts> {
  if (servers === 1) return free;
  return Object.fromEntries(Object.entries(free).map(([unit, left]) => [unit, left / BigInt(servers)]));
}

/** Where only leases of others are in the way, these end soon; else the window has to. */
function retryAt(budgets: Budgets, account: Account, unit: Unit | undefined, amount: bigint): bigint | undefined {
  const limit = unit && account.limits[unit];
  if (unit && limit !== undefined && account.spent[unit] + amount <= limit && account.spent[unit] < limit)
    return budgets.nowNanos() + BigInt(limits.budgetLeaseMs) * NANOS_PER_MS;
  return account.span?.to;
}
