import { countsOf, type Facts, labelsOf, limits } from '@tallyspan/facts';
import { Begun } from '../begin.ts';
import { followResult } from '../follow-result.ts';
import { runOperation } from '../operation.ts';
import { recorder } from '../pipeline.ts';
import { add } from '../read.ts';

/** `L1` this process, `L2` shared, `L3` the source itself. */
export type Tier = 'L1' | 'L2' | 'L3';

interface LookupOptions {
  name?: string | undefined;
  spansPerSecondMax?: number | undefined;
}

/** Looks into one cache become `cache_lookup` spans, up to so many a second; all of them are counted. */
export class Lookups {
  readonly #name: string | undefined;
  readonly #perSecond: number;
  #second = 0;
  #spans = 0;

  constructor({ name, spansPerSecondMax = limits.cacheSpansPerSecondMax }: LookupOptions) {
    this.#name = name;
    this.#perSecond = spansPerSecondMax;
  }

  /** Answers what `look` answers. `isHit` says whether that is something; an error is a miss with its cause. Keys and values are not recorded. */
  look<Result>(tier: Tier, look: () => Result, isHit: (value: Awaited<Result>) => boolean = isThere): Result {
    const facts: Facts = { operation: 'cache_lookup' };
    add<Facts>(facts, { cacheTier: tier, cacheName: this.#name } as Partial<Facts>);
    const answered = (value: Awaited<Result>, known: Facts) => {
      known.cacheHit = isHit(value);
    };
    const failed = (_: unknown, known: Facts) => {
      known.cacheHit = false;
    };
    if (this.#hasSpan()) return runOperation(facts, look, { secret: true, answered, failed });
    const counted = countOnly(facts);
    return followResult(
      counted,
      look,
      (value) => answered(value as Awaited<Result>, facts),
      (error) => failed(error, facts),
      false,
    ) as Result;
  }

  #hasSpan(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#spans = 0;
    }
    return this.#spans++ < this.#perSecond;
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What stands for a span that nobody sees: it is counted when it ends. */
function countOnly(facts: Facts): Parameters<typeof followResult>[0] {
  const began = Begun.now();
  return {
    facts,
    frame: { identity: {}, span: undefined },
    end(failure) {
      try {
        if (failure) facts.errorType = failure.errorType;
        const counts = countsOf(facts, Begun.since(began) / 1e6);
        for (const of of counts?.of ?? []) recorder().count(of, labelsOf(facts, ['cacheTier']), counts!.measures);
      } catch {
        // What cannot be counted must not reach the caller.
      }
    },
  };
}
