import { limits } from '@tallyspan/facts';
import { addAmounts, type Amounts, eachUnit, larger, noAmounts, smaller, units } from './amounts.ts';

/** What an asker says of its lease; all figures count up from the beginning of the lease, so saying them twice changes nothing. */
export interface LeaseReport {
  serial: string;
  /** What it may use in all, as it was told, or less when it gives some back. */
  quota: Amounts;
  /** What its ended calls used. */
  used: Amounts;
  /** What is thought to be needed by calls that are under way. */
  open: Amounts;
}

interface Lease {
  serial: string;
  quota: Amounts;
  used: Amounts;
  /** What stored spans say that its calls used. */
  arrived: Amounts;
  /** Whether its spans say whose they are. */
  traced: boolean;
  expiresMs: number;
  /** Of an asker whose spans do not: what it had used at which time. */
  history: { atMs: number; used: Amounts }[];
  /** Its part of the sum. */
  counted: Amounts;
}

/**
 * Who may spend how much of one budget without asking again.
 *
 * Nothing is counted twice, and nothing is forgotten. What is taken from a budget is
 *
 *   spent (stored spans)  +  for each asker: max(quota, used) − arrived
 *
 * `quota` is all that an asker was ever allowed, `used` all that it says its ended calls cost, `arrived` all that its stored spans cost:
 * each only grows, so reports may come late, twice or never. A call is first part of the quota; when it ends, of `used`, which lies
 * inside the quota unless the estimate was too low; when its span is stored it moves to `spent`, and `arrived` takes it off here. Its
 * span says which asker's it is (`tally.budget.asker`). When as many calls arrived as were reported, what is left of `used` is a
 * difference in prices, and the stored figures count. An asker whose spans do not say whose they are is taken to have them stored
 * `limits.budgetSettleMs` after it reported them.
 *
 * An expired lease keeps what was used and not stored yet; what was not used is free again. Whoever has calls under way renews it.
 *
 * So with every call asked for: spent ≤ limit + the sum of (cost − estimate) over the calls that ran at the edge. Beyond that: what was
 * under way in a process that neither renewed its lease nor died; what a restart of the server forgot, at most the quotas of that
 * moment. Of several servers on one store each knows its own leases only and gives out its part of what is left (a half, a third),
 * comparing with the store every two seconds: there it may be over by what the others' askers hold at that moment, or spent in the last
 * `limits.budgetSettleMs` and is on its way to the store. That is at most what was left when they were given it, and mostly a share.
 */
export class Leases {
  readonly #byAsker = new Map<string, Lease>();
  /** Used by askers of whom nothing more is known, and not stored. */
  readonly #lost = noAmounts();
  readonly #sum = noAmounts();
  readonly #epoch: string;
  #serials = 0;
  #sweptMs = 0;

  /** `epoch` names this server since it started. */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** What is taken by askers beyond what is stored. */
  outstanding(nowMs: number): Amounts {
    if (nowMs - this.#sweptMs >= limits.budgetLeaseMs / 10) this.#sweep(nowMs);
    return this.#sum;
  }

  /** Askers that may spend at present. */
  live(nowMs: number): number {
    let live = 0;
    for (const { expiresMs } of this.#byAsker.values()) if (expiresMs > nowMs) live++;
    return live;
  }

  /** A stored span of this asker. Answers whether there is such an asker. */
  arrived(asker: string, amounts: Amounts, sign: 1n | -1n, nowMs: number): boolean {
    const lease = this.#byAsker.get(asker);
    if (!lease) return false;
    addAmounts(lease.arrived, amounts, sign);
    this.#recount(lease, nowMs);
    return true;
  }

  /**
   * Takes a report and renews the lease. `available` says what may be given, after the report was taken in. Answers what the asker may
   * use in all, counted from the beginning of the lease.
   */
  exchange(
    asker: string,
    report: LeaseReport | undefined,
    asks: { need: Amounts; traced: boolean; nowMs: number; forMs?: number },
    available: (outstanding: Amounts) => Partial<Amounts>,
    shareMax: Partial<Amounts>,
  ): { serial: string; quota: Amounts } {
    const { need, traced, nowMs, forMs = limits.budgetLeaseMs } = asks;
    let lease = this.#byAsker.get(asker);
    const known = lease !== undefined && report?.serial === lease.serial;
    if (!lease || !known) lease = this.#begin(asker, traced, nowMs);
    else {
      // It may have become one of several servers meanwhile, to which not all spans come.
      lease.traced = traced;
      lease.quota = eachUnit((unit) => smaller(lease!.quota[unit], report!.quota[unit]));
      this.#use(lease, report!.used, nowMs);
    }
    lease.expiresMs = nowMs + forMs;
    this.#recount(lease, nowMs);
    const open = known ? report!.open : noAmounts();
    const left = available(this.outstanding(nowMs));
    for (const unit of units) {
      const target = lease.used[unit] + open[unit] + need[unit];
      const short = larger(0n, target - lease.quota[unit]);
      const spare = lease.quota[unit] + short - target;
      lease.quota[unit] += granted(short, spare, left[unit], shareMax[unit] ?? 0n);
    }
    this.#recount(lease, nowMs);
    return { serial: lease.serial, quota: { ...lease.quota } };
  }

  /** Holds this much for an asker that reports each call by itself. */
  hold(asker: string, amounts: Amounts, nowMs: number): void {
    const lease = this.#byAsker.get(asker) ?? this.#begin(asker, false, nowMs);
    addAmounts(lease.quota, amounts);
    lease.expiresMs = nowMs + limits.budgetHoldMs;
    this.#recount(lease, nowMs);
  }

  /** A call that was held for has ended: what it used takes the place of what was held. */
  settle(asker: string, held: Amounts, used: Amounts, nowMs: number): void {
    const lease = this.#byAsker.get(asker);
    if (!lease) return;
    lease.quota = eachUnit((unit) => larger(lease.used[unit], lease.quota[unit] - held[unit]) + used[unit]);
    this.#use(
      lease,
      eachUnit((unit) => lease.used[unit] + used[unit]),
      nowMs,
    );
    this.#recount(lease, nowMs);
  }

  #begin(asker: string, traced: boolean, nowMs: number): Lease {
    const before = this.#byAsker.get(asker);
    if (before) this.#forget(asker, before, nowMs);
    if (this.#byAsker.size >= limits.budgetAskersMax) {
      const [oldest, lease] = this.#byAsker.entries().next().value!;
      this.#forget(oldest, lease, nowMs);
    }
    const lease: Lease = {
      serial: `${this.#epoch}.${++this.#serials}`,
      quota: noAmounts(),
      used: noAmounts(),
      arrived: noAmounts(),
      traced,
      expiresMs: 0,
      history: [],
      counted: noAmounts(),
    };
    this.#byAsker.set(asker, lease);
    return lease;
  }

  #use(lease: Lease, used: Amounts, nowMs: number): void {
    lease.used = eachUnit((unit) => larger(lease.used[unit], used[unit]));
    if (lease.traced) return;
    // A tenth of a second is one entry, as old as its youngest part.
    const last = lease.history.at(-1);
    if (last && Math.floor(last.atMs / 100) === Math.floor(nowMs / 100)) lease.history.pop();
    lease.history.push({ atMs: nowMs, used: lease.used });
  }

  /** What it used and nobody stored stays counted, without the lease. */
  #forget(asker: string, lease: Lease, nowMs: number): void {
    lease.expiresMs = 0;
    this.#recount(lease, nowMs);
    addAmounts(this.#lost, lease.counted);
    this.#byAsker.delete(asker);
  }

  #recount(lease: Lease, nowMs: number): void {
    addAmounts(this.#sum, lease.counted, -1n);
    lease.counted = takenBy(lease, nowMs);
    addAmounts(this.#sum, lease.counted);
  }

  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs;
    for (const [asker, lease] of this.#byAsker) {
      this.#recount(lease, nowMs);
      const idle = nowMs - lease.expiresMs > limits.budgetForgetMs;
      if (idle && units.every((unit) => lease.counted[unit] === 0n)) this.#byAsker.delete(asker);
    }
  }
}

/** What is needed if it is there; and a share on top, so that the next calls need not ask. */
function granted(short: bigint, spare: bigint, left: bigint | undefined, shareMax: bigint): bigint {
  // Where nothing is limited there is nothing to give.
  if (left === undefined || left <= 0n) return 0n;
  return smaller(left, short + larger(0n, smaller(shareMax, left / 2n) - spare));
}

function takenBy(lease: Lease, nowMs: number): Amounts {
  const arrived = lease.traced ? lease.arrived : storedByNow(lease, nowMs);
  const settled = arrived.calls >= lease.used.calls;
  return eachUnit((unit) => {
    const known = larger(lease.used[unit], arrived[unit]);
    const free = nowMs < lease.expiresMs ? larger(0n, lease.quota[unit] - known) : 0n;
    return free + (settled ? 0n : larger(0n, lease.used[unit] - arrived[unit]));
  });
}

/** What an untraced asker had used long enough ago that it is stored by now. */
function storedByNow(lease: Lease, nowMs: number): Amounts {
  const { history } = lease;
  const until = nowMs - limits.budgetSettleMs;
  while (history.length > 1 && history[1]!.atMs <= until) history.shift();
  return history[0] && history[0].atMs <= until ? history[0].used : noAmounts();
}
