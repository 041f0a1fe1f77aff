/** What this process may use of one budget of the server without asking. The other half is `server/src/budgets/leases.ts`. */

export interface Amounts {
  usd: bigint;
  tokens: bigint;
  calls: bigint;
}
export const units = ['usd', 'tokens', 'calls'] as const;
export type Unit = (typeof units)[number];

export const nothing = (): Amounts => ({ usd: 0n, tokens: 0n, calls: 0n });

/** What the server says of a budget. */
export interface Terms {
  serial: string;
  quota: Amounts;
  /** Which units it limits. */
  limited: readonly Unit[];
  /** Absent where it is not ours to see. */
  name: string | undefined;
  window: string;
  limit: Partial<Amounts> | undefined;
  spent: Partial<Amounts> | undefined;
  retryAt: string | undefined;
}

/**
 * All figures count up from the beginning of the lease. A call fits when
 *
 *   used (ended calls) + open (estimates of those under way) + its estimate  ≤  quota
 */
export class Lease {
  readonly account: string;
  readonly used = nothing();
  readonly open = nothing();
  terms: Terms;
  /** By the monotonic clock; the server counts from when it answered, which is later. */
  validUntilMs = 0;
  usedAtMs = 0;
  /** Whether something happened that the server was not told. */
  untold = false;
  /** Until then a call that needs as much as one that was just refused is not asked about. */
  refused: { untilMs: number; estimate: Amounts } | undefined;

  constructor(account: string, terms: Terms) {
    this.account = account;
    this.terms = terms;
  }

  get serial(): string {
    return this.terms.serial;
  }

  /** The unit that has not enough left, or undefined. A limit that is used up refuses even what is thought to cost nothing. */
  lacks(estimate: Amounts): Unit | undefined {
    const { quota, limited } = this.terms;
    return limited.find((unit) => {
      const taken = this.used[unit] + this.open[unit];
      return taken + estimate[unit] > quota[unit] || (unit !== 'calls' && taken >= quota[unit]);
    });
  }

  /** Whether more should be asked for soon: half of what was free is taken. */
  runsLow(): boolean {
    const { quota, limited } = this.terms;
    return limited.some((unit) => {
      const free = quota[unit] - this.used[unit] - this.open[unit];
      return free * 2n < (this.#freeAtFirst[unit] ?? 0n);
    });
  }

  renew(terms: Terms, validUntilMs: number): void {
    this.terms = terms;
    this.validUntilMs = validUntilMs;
    for (const unit of terms.limited) this.#freeAtFirst[unit] = terms.quota[unit] - this.used[unit] - this.open[unit];
  }

  readonly #freeAtFirst: Partial<Amounts> = {};

  hold(estimate: Amounts, sign: 1n | -1n): void {
    this.untold = true;
    this.usedAtMs = performance.now();
    for (const unit of units) this.open[unit] += sign * estimate[unit];
  }

  spend(used: Amounts): void {
    for (const unit of units) this.used[unit] += used[unit];
  }

  /** Gives back what is not needed by calls under way. The server is told with the next report. */
  giveBack(): void {
    const quota = { ...this.terms.quota };
    for (const unit of units) {
      const needed = this.used[unit] + this.open[unit];
      if (needed >= quota[unit]) continue;
      quota[unit] = needed;
      this.untold = true;
    }
    this.terms = { ...this.terms, quota };
  }
}
