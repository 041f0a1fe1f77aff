import { limits } from '@tallyspan/facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Amounts, larger, noAmounts } from './amounts.ts';
import { Leases } from './leases.ts';

const usd = (amount: bigint): Amounts => ({ ...noAmounts(), usd: amount });
const call = (amount: bigint): Amounts => ({ usd: amount, tokens: 0n, calls: 1n });

/** A budget with askers, as the server keeps it and as they keep it: calls start within what an asker may use, cost what they cost, and are stored later. */
class World {
  nowMs = 0;
  readonly limit: bigint;
  readonly spent = noAmounts();
  readonly leases = new Leases('test');
  readonly askers: Asker[] = [];
  /** By how much calls cost more than was thought. */
  tooLow = 0n;
  cost = 0n;
  readonly #unstored: { asker: string; amounts: Amounts }[] = [];

  constructor(limit: bigint, askers: number) {
    this.limit = limit;
    for (let index = 0; index < askers; index++) this.askers.push(new Asker(this, `asker ${index}`));
  }

  exchange(asker: Asker, need: bigint): void {
    const { serial, quota, used, open } = asker;
    const { serial: now, quota: granted } = this.leases.exchange(
      asker.name,
      serial === undefined ? undefined : { serial, quota, used, open },
      { need: usd(need), traced: true, nowMs: this.nowMs },
      (outstanding) => ({ usd: this.limit - this.spent.usd - outstanding.usd }),
      { usd: this.limit / 20n },
    );
    asker.serial = now;
    asker.quota = granted;
  }

  ended(asker: string, amounts: Amounts): void {
    this.#unstored.push({ asker, amounts });
  }

  store(count: number): void {
    for (const { asker, amounts } of this.#unstored.splice(0, count)) {
      for (const unit of ['usd', 'calls'] as const) this.spent[unit] += amounts[unit];
      this.leases.arrived(asker, amounts, 1n, this.nowMs);
    }
  }
}

class Asker {
  readonly name: string;
  readonly #world: World;
  serial: string | undefined;
  quota = noAmounts();
  used = noAmounts();
  readonly #open: bigint[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  get open(): Amounts {
    return { usd: this.#open.reduce((sum, each) => sum + each, 0n), tokens: 0n, calls: BigInt(this.#open.length) };
  }

  /** Answers whether it was let through. */
  begin(estimate: bigint): boolean {
    const short = this.used.usd + this.open.usd + estimate - this.quota.usd;
    if (short > 0n) this.#world.exchange(this, estimate);
    if (this.used.usd + this.open.usd + estimate > this.quota.usd) return false;
    this.#open.push(estimate);
    return true;
  }

  end(more: bigint): void {
    const estimate = this.#open.shift();
    if (estimate === undefined) return;
    const cost = larger(0n, estimate + more);
    this.used = { usd: this.used.usd + cost, tokens: 0n, calls: this.used.calls + 1n };
    this.#world.cost += cost;
    this.#world.tooLow += larger(0n, cost - estimate);
    this.#world.ended(this.name, call(cost));
  }

  renew(): void {
    this.#world.exchange(this, 0n);
  }

  release(): void {
    if (this.serial === undefined) return;
    this.quota = { ...this.quota, usd: this.used.usd + this.open.usd };
    this.renew();
    this.quota = { ...this.quota, usd: this.used.usd + this.open.usd };
  }
}

describe('leases of a budget', () => {
  it('never spend more than the limit and what estimates were too low, in whatever order things happen', () => {
    const who = fc.nat(3);
    const step = fc.oneof(
      fc.record({ do: fc.constant('begin' as const), who, amount: fc.bigInt(0n, 900n) }),
      fc.record({ do: fc.constant('end' as const), who, amount: fc.bigInt(-300n, 300n) }),
      fc.record({ do: fc.constant('store' as const), who, amount: fc.bigInt(1n, 5n) }),
      fc.record({ do: fc.constant('renew' as const), who, amount: fc.constant(0n) }),
      fc.record({ do: fc.constant('release' as const), who, amount: fc.constant(0n) }),
      fc.record({ do: fc.constant('wait' as const), who, amount: fc.bigInt(1n, 400n) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), fc.bigInt(0n, 8_000n), (steps, limit) => {
        const world = new World(limit, 4);
        for (const { do: what, who: index, amount } of steps) {
          const asker = world.askers[index]!;
          if (what === 'begin') asker.begin(amount);
          else if (what === 'end') asker.end(amount);
          else if (what === 'store') world.store(Number(amount));
          else if (what === 'renew') asker.renew();
          else if (what === 'release') asker.release();
          else {
            // Whoever has calls under way renews in time.
            world.nowMs += Number(amount);
            for (const each of world.askers) each.renew();
          }
          expect(world.cost).toBeLessThanOrEqual(limit + world.tooLow);
        }
        for (const asker of world.askers) {
          while (asker.open.calls > 0n) asker.end(0n);
          asker.release();
        }
        world.store(Number.MAX_SAFE_INTEGER);
        expect(world.cost).toBeLessThanOrEqual(limit + world.tooLow);
        expect(world.spent.usd).toBe(world.cost);
        // What was given on top is free again when nobody renews it, and nothing is counted twice.
        world.nowMs += limits.budgetLeaseMs * 2;
        expect(world.leases.outstanding(world.nowMs).usd).toBe(0n);
      }),
      { numRuns: 100 },
    );
  });

  it('a report counts once: before its spans are stored, with them, and however often it is said', () => {
    const world = new World(1_000n, 1);
    const [asker] = world.askers as [Asker];
    expect(asker.begin(100n)).toBe(true);
    asker.end(0n);
    asker.renew();
    asker.renew();
    asker.quota = { ...asker.quota, usd: 100n };
    asker.renew();
    const taken = () => world.spent.usd + world.leases.outstanding(world.nowMs).usd;
    expect(taken()).toBeLessThanOrEqual(150n);
    world.nowMs += limits.budgetLeaseMs * 2;
    expect([world.spent.usd, world.leases.outstanding(world.nowMs).usd]).toEqual([0n, 100n]);
    world.store(1);
    expect([world.spent.usd, world.leases.outstanding(world.nowMs).usd]).toEqual([100n, 0n]);
  });

  it('what a process that is gone did not use is free when its lease ends, not before', () => {
    const world = new World(1_000n, 2);
    const [gone, other] = world.askers as [Asker, Asker];
    expect(gone.begin(900n)).toBe(true);
    expect(other.begin(200n)).toBe(false);
    world.nowMs += limits.budgetLeaseMs - 1;
    expect(other.begin(200n)).toBe(false);
    world.nowMs += limits.budgetLeaseMs / 10 + 1;
    expect(other.begin(200n)).toBe(true);
  });

  it('where the prices of an asker are higher than ours, ours count once its calls are stored', () => {
    const leases = new Leases('test');
    const asks = { need: call(50n), traced: true, nowMs: 0 };
    const { serial, quota } = leases.exchange('a', undefined, asks, () => ({ usd: 1_000n }), {});
    leases.arrived('a', call(30n), 1n, 0);
    const report = { serial, quota, used: call(50n), open: noAmounts() };
    leases.exchange('a', report, { ...asks, need: noAmounts() }, () => ({ usd: 950n }), {});
    expect(leases.outstanding(limits.budgetLeaseMs * 2).usd).toBe(0n);
  });

  it('an asker whose spans do not say whose they are is counted until they must be stored', () => {
    const leases = new Leases('test');
    leases.hold('gateway', call(80n), 1_000);
    expect(leases.outstanding(1_000).usd).toBe(80n);
    leases.settle('gateway', call(80n), call(60n), 2_000);
    expect(leases.outstanding(2_000).usd).toBe(60n);
    expect(leases.outstanding(2_000 + limits.budgetSettleMs - 1).usd).toBe(60n);
    expect(leases.outstanding(2_000 + limits.budgetSettleMs * 2).usd).toBe(0n);
  });
});
