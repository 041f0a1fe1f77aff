import type { SpanContext } from '@opentelemetry/api';
import type { Facts, Identity } from '@tallyspan/facts';
import { monotonicMicros, wallMicros } from './clock.ts';
import { currentIdentity, currentSpan } from './context.ts';
import type { Failure } from './failure.ts';
import { recorder } from './pipeline.ts';
import type { OpenSpan } from './recorder.ts';
import { spiffeIdOf } from './spiffe.ts';
import { environment, type Frame, state } from './state.ts';

/** A moment, on the wall and on the clock that never jumps. */
interface Moment {
  wall: number;
  monotonic: number;
}

interface BeginOptions {
  /** Facts that depend on the span's own context, such as the run id of a root agent. */
  identify?: (span: SpanContext) => Identity;
  /** Default: the current span. */
  parent?: SpanContext | undefined;
  /** Default: now. */
  began?: Moment;
}

const NOTHING: BeginOptions = {};

/** A span of ours that has begun, under the current span and with the current identity, or those given. */
export class Begun {
  readonly facts: Facts;
  readonly frame: Frame;
  readonly began: Moment;
  ended = false;
  readonly #open: OpenSpan;

  constructor(facts: Facts, identity: Identity = currentIdentity(), options: BeginOptions = NOTHING) {
    Object.assign(facts, identity);
    this.facts = facts;
    this.began = options.began ?? Begun.now();
    this.#open = recorder().open(facts, options.parent ?? currentSpan(), this.began.wall);
    const added = options.identify?.(this.#open.context);
    if (added) Object.assign(facts, added);
    const spiffeId = spiffeIdOf(facts, state.options, environment());
    if (spiffeId !== undefined) facts.spiffeId = spiffeId;
    this.frame = { identity: added ? { ...identity, ...added } : identity, span: this.#open.context };
  }

  static now(): Moment {
    return { wall: wallMicros(), monotonic: monotonicMicros() };
  }

  /** Microseconds since a moment. */
  static since(moment: Moment): number {
    return monotonicMicros() - moment.monotonic;
  }

  /** Microseconds since it began. */
  elapsedMicros(): number {
    return Begun.since(this.began);
  }

  /** Ends the span: it is priced, counted and sent. Only the first call does anything; never throws. */
  end(failure?: Failure): void {
    if (this.ended) return;
    this.ended = true;
    const endMicros = this.began.wall + this.elapsedMicros();
    try {
      if (failure) this.facts.errorType = failure.errorType;
      this.#open.end(endMicros, failure);
    } catch {
      // A span that cannot be written must not reach the user's code.
    }
  }
}
