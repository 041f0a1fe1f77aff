import { type Content, type Facts, type Identity, isBillable, limits } from '@tallyspan/facts';
import { monotonicMicros } from '../clock.ts';
import { addCost, pricesAreSettled } from '../cost.ts';
import type { Failure } from '../failure.ts';
import { stepOf } from './step.ts';
import type { TaskFailure, TaskTrace } from './task-trace.ts';
import { hasTokens, UsageTally } from './usage.ts';

/** A span of ours that has ended inside of a task trace. */
export interface EndedStep {
  facts: Facts;
  spanId: string;
  parentSpanId: string | undefined;
  startMicros: number;
  endMicros: number;
  failure: Failure | undefined;
  /** What {@link Gatherer.begun} said when it began. */
  place: number;
}

/** What every span that begins and ends in a task trace tells. Nothing here throws. */
export interface Gatherer {
  readonly trace: TaskTrace;
  readonly depth: number;
  /** A step begins; answers its place among the others. */
  begun(): number;
  add(step: EndedStep): void;
}

export interface Beginning {
  name: string;
  description: string | undefined;
  identity: Identity;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  startMicros: number;
}

/**
 * Gathers the steps of one task. Prices are put on when somebody reads, or when a step has to go: the exporter prices in its own
 * time, which may be later. Bounded by a count of steps; of what is beyond only sums stay.
 */
export class TaskGatherer implements Gatherer {
  readonly trace: TaskTrace = new View(this);
  readonly depth: number;
  readonly #around: Gatherer | undefined;
  readonly #began = monotonicMicros();
  readonly #steps: EndedStep[] = [];
  /** Beyond the limit and not priced yet, as the price table still loads. */
  #late: EndedStep[] = [];
  readonly #beyond = new UsageTally();
  #places = 0;
  #sorted = true;
  leftOut = 0;
  beginning!: Beginning;
  failure: TaskFailure | undefined;
  endedAfterMicros: number | undefined;
  inputSummary: string | undefined;
  outputSummary: string | undefined;

  /** `around` is the trace in which this one is a part, whose sums hold what happens here too. */
  constructor(around: Gatherer | undefined) {
    this.depth = (around?.depth ?? 0) + 1;
    // A task that starts itself again without end must not hold on to all before it.
    this.#around = this.depth > limits.frameDepthMax ? undefined : around;
  }

  begun(): number {
    return this.#places++;
  }

  add(step: EndedStep): void {
    try {
      this.#keep({ ...step, facts: withoutContent(step.facts) });
    } catch {
      // A fact that cannot be copied costs this step.
    }
    this.#around?.add(step);
  }

  end(failure: TaskFailure | undefined): void {
    this.endedAfterMicros ??= this.elapsedMicros();
    this.failure ??= failure;
  }

  elapsedMicros(): number {
    return this.endedAfterMicros ?? Math.max(0, monotonicMicros() - this.#began);
  }

  /** Priced, and in the order in which they began. */
  steps(): readonly EndedStep[] {
    if (!this.#sorted) this.#steps.sort((one, other) => one.startMicros - other.startMicros || one.place - other.place);
    this.#sorted = true;
    for (const step of this.#steps) price(step);
    return this.#steps;
  }

  tally(): UsageTally {
    const tally = new UsageTally();
    const steps = this.steps();
    // Of calls inside each other, the innermost that has tokens counts.
    const around = new Set(
      steps.flatMap(({ facts, parentSpanId }) => (isBillable(facts) && hasTokens(facts) ? [parentSpanId] : [])),
    );
    for (const { facts, spanId } of steps) if (!around.has(spanId)) tally.add(facts);
    this.#foldLate();
    tally.addAll(this.#beyond);
    for (const { facts } of this.#late) tally.add(facts);
    return tally;
  }

  #keep(step: EndedStep): void {
    if (this.#steps.length < limits.traceStepsMax) {
      const last = this.#steps.at(-1);
      if (last && last.startMicros >= step.startMicros) this.#sorted = false;
      this.#steps.push(step);
      return;
    }
    this.leftOut++;
    if (!isBillable(step.facts)) return;
    this.#late.push(step);
    this.#foldLate();
  }

  #foldLate(): void {
    if (!pricesAreSettled() && this.#late.length <= limits.unpricedSpansMax) return;
    for (const step of this.#late) {
      price(step);
      this.#beyond.add(step.facts);
    }
    this.#late = [];
  }
}

function price({ facts, startMicros }: EndedStep): void {
  if (facts.costNanoUsd === undefined) addCost(facts, startMicros);
}

/** What stays of content: the two ends that a person wants to see, and not much of them. */
const CONTENT: ReadonlySet<string> = new Set<keyof Content>([
  'inputMessages',
  'outputMessages',
  'systemInstructions',
  'toolDefinitions',
  'toolArguments',
  'toolResult',
  'inputOutline',
  'outputOutline',
]);
const SHOWN = ['inputMessages', 'outputMessages', 'toolArguments', 'toolResult'] as const;

function withoutContent(facts: Facts): Facts {
  const kept: Record<string, unknown> = {};
  for (const fact in facts) if (!CONTENT.has(fact)) kept[fact] = facts[fact as keyof Facts];
  for (const fact of SHOWN) if (facts[fact] !== undefined) kept[fact] = facts[fact].slice(0, limits.previewCharsMax);
  return kept;
}

/** The gatherer as a program sees it. */
class View implements TaskTrace {
  readonly #of: TaskGatherer;

  constructor(of: TaskGatherer) {
    this.#of = of;
  }

  get name() {
    return this.#of.beginning.name;
  }
  get description() {
    return this.#of.beginning.description as string;
  }
  get traceId() {
    return this.#of.beginning.traceId;
  }
  get spanId() {
    return this.#of.beginning.spanId;
  }
  get parentSpanId() {
    return this.#of.beginning.parentSpanId as string;
  }
  get identity() {
    return this.#of.beginning.identity;
  }
  get startedAt() {
    return new Date(this.#of.beginning.startMicros / 1000);
  }
  get durationMs() {
    return this.#of.elapsedMicros() / 1000;
  }
  get ended() {
    return this.#of.endedAfterMicros !== undefined;
  }
  get steps() {
    return this.#of.steps().map(stepOf);
  }
  get stepsLeftOut() {
    return this.#of.leftOut;
  }
  get usage() {
    return this.#of.tally().read();
  }
  get cost() {
    return this.usage.cost;
  }
  get errors(): readonly TaskFailure[] {
    const failed = this.#of.steps().filter(({ failure }) => failure);
    // A failure goes up through everything around it; where it began is what a person wants to know.
    const above = new Set(failed.map(({ parentSpanId }) => parentSpanId));
    const errors = failed.flatMap((step): TaskFailure[] => {
      const { error, name } = stepOf(step);
      return above.has(step.spanId) || !error ? [] : [{ ...error, step: name }];
    });
    return this.#of.failure ? [...errors, this.#of.failure] : errors;
  }
  get inputSummary() {
    return this.#of.inputSummary as string;
  }
  get outputSummary() {
    return this.#of.outputSummary as string;
  }

  toJSON(): object {
    const { name, description, traceId, spanId, parentSpanId, identity, durationMs, ended } = this;
    const { steps, stepsLeftOut, usage, cost, errors, inputSummary, outputSummary } = this;
    const when = { startedAt: this.startedAt.toISOString(), durationMs, ended };
    const what = { steps, stepsLeftOut, usage, cost, errors, inputSummary, outputSummary };
    return { name, description, traceId, spanId, parentSpanId, identity, ...when, ...what };
  }
}
