import { limits } from '@tallyspan/facts';
import { addAmounts, type Amounts, noAmounts, type Unit, units } from './amounts.ts';
import { type BudgetDefinition, limitsOf } from './definition.ts';
import { Leases } from './leases.ts';
import type { Span } from './window.ts';

/** One budget in one of its windows: what was spent, and who may spend how much of the rest. */
export class Account {
  /** Names it to askers: `b_1.0@2026-11-21T00:00:00.000Z`. */
  readonly key: string;
  readonly budgetId: string;
  /** Undefined for a run, which lasts as long as it lasts. */
  readonly span: Span | undefined;
  readonly run: { tenant: string; id: string } | undefined;
  readonly leases: Leases;
  /** By stored spans. */
  readonly spent: Amounts = noAmounts();
  /** Whether {@link spent} was compared with the store once. */
  loaded = false;
  /** The highest threshold that was told of, in percent. */
  told = 0;
  #limits: Partial<Amounts>;
  #definition: BudgetDefinition;

  constructor(
    key: string,
    budgetId: string,
    definition: BudgetDefinition,
    place: { span?: Span; run?: { tenant: string; id: string } },
    epoch: string,
  ) {
    this.key = key;
    this.budgetId = budgetId;
    this.span = place.span;
    this.run = place.run;
    this.leases = new Leases(epoch);
    this.#definition = definition;
    this.#limits = limitsOf(definition);
  }

  get definition(): BudgetDefinition {
    return this.#definition;
  }

  set definition(definition: BudgetDefinition) {
    this.#definition = definition;
    this.#limits = limitsOf(definition);
    this.told = 0;
  }

  get limits(): Readonly<Partial<Amounts>> {
    return this.#limits;
  }

  set total(total: Amounts) {
    Object.assign(this.spent, total);
    this.loaded = true;
  }

  count(amounts: Amounts, sign: 1n | -1n): void {
    addAmounts(this.spent, amounts, sign);
  }

  /** What nobody has spent or may spend; below zero when it was overrun. Only of units that are limited. */
  free(outstanding: Amounts): Partial<Amounts> {
    const free: Partial<Amounts> = {};
    for (const unit of units) {
      const limit = this.#limits[unit];
      if (limit !== undefined) free[unit] = limit - this.spent[unit] - outstanding[unit];
    }
    return free;
  }

  /** The most that one asker is given beyond what it needs now, so that it need not ask for each call. */
  shareMax(nowMs: number, servers: number): Partial<Amounts> {
    const askers = BigInt(Math.max(1, this.leases.live(nowMs)) * servers);
    const share: Partial<Amounts> = {};
    for (const unit of units) {
      const limit = this.#limits[unit];
      if (limit !== undefined) share[unit] = limit / (SHARE_PARTS * askers);
    }
    return share;
  }

  /** The unit that does not allow this, or undefined. A limit that is used up refuses even what is thought to cost nothing. */
  refuses(estimate: Amounts, nowMs: number, servers: number): Unit | undefined {
    const free = this.free(this.leases.outstanding(nowMs));
    return units.find((unit) => {
      const left = free[unit];
      if (left === undefined) return false;
      return estimate[unit] * BigInt(servers) > left || (unit !== 'calls' && left <= 0n);
    });
  }

  /** In percent of the limit that is nearest, by stored spans. */
  get percent(): number {
    const percents = units.map((unit) => percentOf(this.spent[unit], this.#limits[unit]));
    return Math.max(0, ...percents);
  }
}

/** No asker gets more than this part of a limit at once: what one holds, another is refused. */
const SHARE_PARTS = 20n;

/** To a hundredth; 0 where nothing is limited, and all of it where nothing is allowed. */
function percentOf(spent: bigint, limit: bigint | undefined): number {
  if (limit === undefined) return 0;
  if (limit === 0n) return spent > 0n ? limits.budgetPercentMax : 100;
  return Math.min(limits.budgetPercentMax, Number((spent * 10_000n) / limit) / 100);
}
