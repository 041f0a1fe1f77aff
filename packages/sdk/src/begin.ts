import type { SpanContext } from '@opentelemetry/api';
import type { Facts, Identity } from '@tallyspan/facts';
import type { Budget } from './budget/budget.ts';
import { monotonicMicros, wallMicros } from './clock.ts';
import { currentIdentity, currentSpan, innermostFrame, within } from './context.ts';
import type { Failure } from './failure.ts';
import { recorder } from './pipeline.ts';
import type { OpenSpan, Recorder } from './recorder.ts';
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
  /** The frame in which it begins. Default: the innermost. */
  around?: Frame | undefined;
  /** Default: now. */
  began?: Moment;
  /** Of the run that begins here. Default: that of the frame around. */
  budget?: Budget | undefined;
  /** Default: the recorder of the process. */
  recorder?: Recorder | undefined;
}

const NOTHING: BeginOptions = {};

/** A span of ours that has begun, under the current span and with the current identity, or those given. */
export class Begun {
  readonly facts: Facts;
  readonly frame: Frame;
  readonly began: Moment;
  /** Where it goes, when that is not where all spans go. */
  readonly recorder: Recorder | undefined;
  ended = false;
  readonly #open: OpenSpan;

  constructor(facts: Facts, identity: Identity = currentIdentity(), options: BeginOptions = NOTHING) {
    Object.assign(facts, identity);
    this.facts = facts;
    this.began = options.began ?? Begun.now();
    this.recorder = options.recorder;
    this.#open = (options.recorder ?? recorder()).open(facts, options.parent ?? currentSpan(), this.began.wall);
    const added = options.identify?.(this.#open.context);
    if (added) Object.assign(facts, added);
    const spiffeId = spiffeIdOf(facts, state.options, environment());
    if (spiffeId !== undefined) facts.spiffeId = spiffeId;
    const around = options.around ?? innermostFrame();
    const budget = options.budget ?? around?.budget;
    this.frame = {
      identity: added ? { ...identity, ...added } : identity,
      span: this.#open.context,
      ...within(around),
      ...(budget && { budget }),
    };
  }

  /** This moment, or one some microseconds away from it. */
  static now(awayMicros = 0): Moment {
    return { wall: wallMicros() + awayMicros, monotonic: monotonicMicros() + awayMicros };
  }

  /** Microseconds since a moment. */
  static since(moment: Moment): number {
    return monotonicMicros() - moment.monotonic;
  }

  /** Microseconds since it began. */
  elapsedMicros(): number {
    return Begun.since(this.began);
  }

  /**
   * Ends the span: it is priced, counted and sent. Only the first call does anything; never throws. `agoMicros` says how long ago it
   * ended, where that was noticed late.
   */
  end(failure?: Failure, agoMicros = 0): void {
    if (this.ended) return;
    this.ended = true;
    const endMicros = this.began.wall + Math.max(0, this.elapsedMicros() - agoMicros);
    try {
      if (failure) {
        this.facts.errorType = failure.errorType;
        if (failure.exceptionType !== undefined) this.facts.exceptionType = failure.exceptionType;
      }
      this.#open.end(endMicros, failure);
    } catch {
      // A span that cannot be written must not reach the user's code.
    }
  }
}
