import type { SpanContext } from '@opentelemetry/api';
import { type Facts, type Identity, labelsOf } from '@tallyspan/facts';
import type { Budget } from './budget/budget.ts';
import { type Moment, moment, monotonicMicros } from './clock.ts';
import { currentIdentity, currentSpan, innermostFrame, within } from './context.ts';
import type { Failure } from './failure.ts';
import { openTool } from './open-tools.ts';
import { recorder } from './pipeline.ts';
import type { OpenSpan, Recorder } from './recorder.ts';
import { spiffeIdOf } from './spiffe.ts';
import { environment, type Frame, state } from './state.ts';
import type { Gatherer } from './task-trace/gatherer.ts';

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
  /** The task trace that begins here. Default: that of the frame around. */
  task?: Gatherer | undefined;
  /** Other spans that it has to do with. */
  links?: readonly SpanContext[] | undefined;
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
  /** How it failed by what was done inside, for an end that says nothing else. */
  fault: Failure | undefined;
  readonly #open: OpenSpan;
  readonly #parent: SpanContext | undefined;
  /** Which task trace this is a step of, and its place there. */
  readonly #task: Gatherer | undefined;
  readonly #place: number;
  /** Of an agent: takes its run off the number of those under way. */
  readonly #running: (() => void) | undefined;

  constructor(facts: Facts, identity: Identity = currentIdentity(), options: BeginOptions = NOTHING) {
    Object.assign(facts, identity);
    this.facts = facts;
    this.began = options.began ?? Begun.now();
    this.recorder = options.recorder;
    this.#parent = options.parent ?? currentSpan();
    this.#open = (options.recorder ?? recorder()).open(facts, this.#parent, this.began.wall, options.links);
    const added = options.identify?.(this.#open.context);
    if (added) Object.assign(facts, added);
    if (facts.operation === 'execute_tool') openTool(this.#open.context, this);
    const spiffeId = spiffeIdOf(facts, state.options, environment());
    if (spiffeId !== undefined) facts.spiffeId = spiffeId;
    const around = options.around ?? innermostFrame();
    const budget = options.budget ?? around?.budget;
    this.#task = around?.task;
    this.#place = this.#task?.begun() ?? 0;
    // A framework inside of an agent that does not say what it is made with.
    if (identity.framework !== undefined && around?.invoked) around.invoked.framework ??= identity.framework;
    this.frame = {
      identity: added ? { ...identity, ...added } : identity,
      span: this.#open.context,
      ...within(around),
      ...(budget && { budget }),
      ...(options.task && { task: options.task }),
      ...(facts.operation === 'invoke_agent' && { invoked: facts }),
    };
    // Last, as what is counted up here must come to an end.
    if (facts.operation === 'invoke_agent') this.#running = countRun(facts, options.recorder ?? recorder());
  }

  /** This moment, or one some microseconds away from it. */
  static now(awayMicros = 0): Moment {
    const now = moment();
    now.wall += awayMicros;
    now.monotonic += awayMicros;
    return now;
  }

  /** Microseconds since a moment. */
  static since(began: Moment): number {
    return monotonicMicros() - began.monotonic;
  }

  /** Microseconds since it began. */
  elapsedMicros(): number {
    return Begun.since(this.began);
  }

  /**
   * Ends the span: it is priced, counted and sent. Only the first call does anything; never throws. `agoMicros` says how long ago it
   * ended, where that was noticed late.
   */
  end(failure: Failure | undefined = this.fault, agoMicros = 0): void {
    if (this.ended) return;
    this.ended = true;
    const endMicros = this.began.wall + Math.max(0, this.elapsedMicros() - agoMicros);
    try {
      if (failure) {
        this.facts.errorType = failure.errorType;
        if (failure.exceptionType !== undefined) this.facts.exceptionType = failure.exceptionType;
      }
      if (this.facts.operation === 'invoke_agent') this.#agentEnded(failure);
      this.#open.end(endMicros, failure);
    } catch {
      // A span that cannot be written must not reach the user's code.
    }
    this.#task?.add({
      facts: this.facts,
      spanId: this.#open.context.spanId,
      parentSpanId: this.#parent?.spanId,
      startMicros: this.began.wall,
      endMicros,
      failure,
      place: this.#place,
    });
  }

  #agentEnded(failure: Failure | undefined): void {
    this.#running?.();
    const status = failure === undefined ? 'ok' : CANCELLED.has(failure.errorType) ? 'cancelled' : 'error';
    this.facts.agentStatus ??= status;
  }
}

/** `APIUserAbortError` is how OpenAI and Anthropic say that their caller aborted. */
const CANCELLED = new Set(['aborted', 'AbortError', 'APIUserAbortError']);

/**
 * Counts a run of an agent among those under way until it is called off: where it was counted up and under the same name, whatever
 * `init` was called or became known of it meanwhile.
 */
function countRun(facts: Facts, counting: Recorder): () => void {
  const labels = labelsOf(facts, ['agent', 'tenant']);
  counting.count('agent_active', labels, { active: 1 });
  return () => counting.count('agent_active', labels, { active: -1 });
}
