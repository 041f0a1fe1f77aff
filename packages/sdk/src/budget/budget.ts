import { nanosFromUsd } from '@tallyspan/facts';
import { BudgetExceededError, type BudgetLimit } from './budget-exceeded-error.ts';
import type { Estimate } from './estimate.ts';

/** How much one run of an agent may use, its sub-agents included. What is absent is not limited. */
export interface BudgetOptions {
  /** Dollars: `0.5` or, exactly, `'0.50'`. */
  usd?: number | string;
  /** Input and output together. */
  tokens?: number;
  /** Model calls. */
  calls?: number;
  /** How often the very same request may be made. An agent that asks again and again runs in a circle. */
  repeats?: number;
  /** How many agents may be inside each other below this one. */
  depth?: number;
  /** How many model calls may be under way at once. */
  fanOut?: number;
}

/** What a call really used. */
export interface Used {
  nanos: bigint | undefined;
  tokens: bigint | undefined;
}

/** A call that was let through, and what is held for it until it ends. */
export interface Reservation {
  /** The call has ended: what it used takes the place of what was held. Only the first time. */
  settle(used: Used): void;
  /** The call was not made after all: nothing is spent. */
  cancel(): void;
}

/** How many different requests are remembered when repetitions are counted. */
const REQUESTS_MAX = 10_000;

/**
 * The budget of one run. A call is let through when what was spent, what is held for calls under way and what it will need itself stay
 * within every limit; so many calls at once cannot overrun it together. Where an estimate was too low, the run ends over its limit by
 * at most the sum of (used − estimated) of the calls that were under way; with `max_tokens` set that is the error in counting input.
 */
export class Budget {
  readonly #agent: string;
  readonly #around: Budget | undefined;
  readonly #limits: ReadonlyMap<'usd' | 'tokens' | 'calls', bigint>;
  readonly #repeatsMax: number | undefined;
  readonly #depthMax: number | undefined;
  readonly #fanOutMax: bigint | undefined;
  readonly #spent = { usd: 0n, tokens: 0n, calls: 0n };
  readonly #held = { usd: 0n, tokens: 0n, calls: 0n };
  readonly #requests = new Map<string, number>();

  /** Throws `RangeError` for a limit that is no amount. */
  constructor(agent: string, options: BudgetOptions, around?: Budget) {
    this.#agent = agent;
    this.#around = around;
    const given: ['usd' | 'tokens' | 'calls', bigint | undefined][] = [
      ['usd', options.usd === undefined ? undefined : nanosFromUsd(options.usd)],
      ['tokens', options.tokens === undefined ? undefined : BigInt(options.tokens)],
      ['calls', options.calls === undefined ? undefined : BigInt(options.calls)],
    ];
    this.#limits = new Map(
      given.filter((entry): entry is ['usd' | 'tokens' | 'calls', bigint] => entry[1] !== undefined),
    );
    this.#repeatsMax = options.repeats;
    this.#depthMax = options.depth;
    this.#fanOutMax = options.fanOut === undefined ? undefined : BigInt(options.fanOut);
  }

  /** Nano-dollars, tokens and calls so far. */
  get spent(): Readonly<{ usd: bigint; tokens: bigint; calls: bigint }> {
    return { ...this.#spent };
  }

  /**
   * Lets a call through or throws {@link BudgetExceededError}. The budgets around this one must agree, too. `request` names the call
   * for counting repetitions, where that is limited.
   */
  reserve(estimate: Estimate, request?: () => string): Reservation {
    const all = this.#chain();
    for (const budget of all) budget.#check(estimate, request);
    for (const budget of all) budget.#hold(estimate, 1n);
    let settled = false;
    const end = (used: Used | undefined) => {
      if (settled) return;
      settled = true;
      for (const budget of all) {
        budget.#hold(estimate, -1n);
        if (used) budget.#spend(used);
      }
    };
    return { settle: (used) => end(used), cancel: () => end(undefined) };
  }

  /** Throws when one more agent inside would be one too many. */
  enter(depth = 1): void {
    if (this.#depthMax !== undefined && depth > this.#depthMax)
      throw this.#exceeded('depth', BigInt(this.#depthMax), BigInt(depth - 1), 0n, 1n);
    this.#around?.enter(depth + 1);
  }

  #chain(): Budget[] {
    return this.#around ? [this, ...this.#around.#chain()] : [this];
  }

  #check(estimate: Estimate, request: (() => string) | undefined): void {
    const needs = needsOf(estimate);
    for (const [limit, allowed] of this.#limits) {
      const spent = this.#spent[limit];
      const held = this.#held[limit];
      // A limit that is used up refuses even a call of unknown price.
      if (spent + held + needs[limit] > allowed || (limit !== 'calls' && spent >= allowed))
        throw this.#exceeded(limit, allowed, spent, held, needs[limit]);
    }
    const atOnce = this.#held.calls + 1n;
    if (this.#fanOutMax !== undefined && atOnce > this.#fanOutMax)
      throw this.#exceeded('fan_out', this.#fanOutMax, 0n, this.#held.calls, 1n);
    if (this.#repeatsMax === undefined || !request) return;
    const name = request();
    const times = (this.#requests.get(name) ?? 0) + 1;
    if (times > this.#repeatsMax) throw this.#exceeded('repeats', BigInt(this.#repeatsMax), BigInt(times - 1), 0n, 1n);
    if (this.#requests.size < REQUESTS_MAX || this.#requests.has(name)) this.#requests.set(name, times);
  }

  #hold(estimate: Estimate, sign: bigint): void {
    const needs = needsOf(estimate);
    for (const limit of ['usd', 'tokens', 'calls'] as const) this.#held[limit] += sign * needs[limit];
  }

  #spend({ nanos, tokens }: Used): void {
    this.#spent.usd += nanos ?? 0n;
    this.#spent.tokens += tokens ?? 0n;
    this.#spent.calls += 1n;
  }

  #exceeded(limit: BudgetLimit, allowed: bigint, spent: bigint, held: bigint, estimated: bigint): BudgetExceededError {
    return new BudgetExceededError(this.#agent, { limit, allowed, spent, held, estimated });
  }
}

function needsOf({ nanos, tokens }: Estimate) {
  return { usd: nanos ?? 0n, tokens, calls: 1n };
}
