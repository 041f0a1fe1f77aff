import { type Facts, isBillable } from '@tallyspan/facts';
import type { ModelUsage, TaskTrace, TaskUsage } from './task-trace.ts';

/** Sums in integers; dollars come last. */
interface Sums {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  nanos: bigint;
  unpricedCalls: number;
}

interface ModelSums extends Sums {
  provider: string | undefined;
  model: string;
}

const none = (): Sums => ({ calls: 0, inputTokens: 0, outputTokens: 0, nanos: 0n, unpricedCalls: 0 });

/** Model calls summed, in total and per model. */
export class UsageTally {
  readonly #total = none();
  readonly #models = new Map<string, ModelSums>();

  /** Facts of a call, priced as far as that is possible. */
  add(facts: Facts): void {
    if (!isBillable(facts)) return;
    const { provider } = facts;
    const model = modelOf(facts) ?? 'unknown';
    const key = `${provider ?? ''}\u0000${model}`;
    let of = this.#models.get(key);
    if (!of) this.#models.set(key, (of = { provider, model, ...none() }));
    for (const sums of [this.#total, of]) {
      sums.calls++;
      sums.inputTokens += facts.inputTokens ?? 0;
      sums.outputTokens += facts.outputTokens ?? 0;
      if (facts.costNanoUsd !== undefined) sums.nanos += facts.costNanoUsd;
      else if (facts.errorType === undefined || hasTokens(facts)) sums.unpricedCalls++;
    }
  }

  addAll(other: UsageTally): void {
    plus(this.#total, other.#total);
    for (const [key, sums] of other.#models) {
      const of = this.#models.get(key);
      if (of) plus(of, sums);
      else this.#models.set(key, { ...sums });
    }
  }

  read(): TaskTrace['usage'] {
    const models = [...this.#models.values()].map((sums): ModelUsage => {
      const { provider, model } = sums;
      return { ...(provider !== undefined && { provider }), model, ...shown(sums) };
    });
    return { ...shown(this.#total), models };
  }
}

/** The model that answered, else the one that was asked. */
export function modelOf(facts: Facts): string | undefined {
  return facts.responseModel ?? facts.requestModel;
}

export function hasTokens({ inputTokens, outputTokens }: Facts): boolean {
  return inputTokens !== undefined || outputTokens !== undefined;
}

export function dollars(nanos: bigint): number {
  return Number(nanos) / 1e9;
}

function plus(sums: Sums, more: Sums): void {
  sums.calls += more.calls;
  sums.inputTokens += more.inputTokens;
  sums.outputTokens += more.outputTokens;
  sums.nanos += more.nanos;
  sums.unpricedCalls += more.unpricedCalls;
}

function shown({ calls, inputTokens, outputTokens, nanos, unpricedCalls }: Sums): TaskUsage {
  return {
    calls,
    promptTokens: inputTokens,
    completionTokens: outputTokens,
    totalTokens: inputTokens + outputTokens,
    cost: dollars(nanos),
    unpricedCalls,
  };
}
