import type { SpanContext } from '@opentelemetry/api';
import type { Facts, Identity } from '@tallyspan/facts';
import { monotonicMicros, wallMicros } from './clock.ts';
import { currentIdentity, currentSpan } from './context.ts';
import type { Failure } from './failure.ts';
import { recorder } from './pipeline.ts';
import type { OpenSpan } from './recorder.ts';
import { spiffeIdOf } from './spiffe.ts';
import { environment, type Frame, state } from './state.ts';

/**
 * A span of ours that has begun, under the current span and with the current identity or the one given. `identify` may add facts
 * that depend on the span's own context, such as the run id of a root agent.
 */
export class Begun {
  readonly facts: Facts;
  readonly frame: Frame;
  ended = false;
  readonly #startMicros = wallMicros();
  readonly #startMonotonic = monotonicMicros();
  readonly #open: OpenSpan;

  constructor(facts: Facts, identity: Identity = currentIdentity(), identify?: (span: SpanContext) => Identity) {
    Object.assign(facts, identity);
    this.facts = facts;
    this.#open = recorder().open(facts, currentSpan(), this.#startMicros);
    const added = identify?.(this.#open.context);
    if (added) Object.assign(facts, added);
    const spiffeId = spiffeIdOf(facts, state.options, environment());
    if (spiffeId !== undefined) facts.spiffeId = spiffeId;
    this.frame = { identity: added ? { ...identity, ...added } : identity, span: this.#open.context };
  }

  /** Microseconds since it began. */
  elapsedMicros(): number {
    return monotonicMicros() - this.#startMonotonic;
  }

  /** Ends the span: it is priced, counted and sent. Only the first call does anything; never throws. */
  end(failure?: Failure): void {
    if (this.ended) return;
    this.ended = true;
    const endMicros = this.#startMicros + this.elapsedMicros();
    try {
      if (failure) this.facts.errorType = failure.errorType;
      this.#open.end(endMicros, failure);
    } catch {
      // A span that cannot be written must not reach the user's code.
    }
  }
}
