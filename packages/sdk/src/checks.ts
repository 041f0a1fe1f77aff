import { type Facts, labelsOf } from '@tallyspan/facts';
import type { Asking, Call } from './adapter.ts';
import { Begun } from './begin.ts';
import type { Reservation } from './budget/budget.ts';
import { askedBudgets } from './budget/asked-budgets.ts';
import { estimateOf } from './budget/estimate.ts';
import type { CallScope } from './budget/lease-wire.ts';
import type { Admitted, ServerBudgets } from './budget/server-budgets.ts';
import { addCost, isBillable, loadedPrices, pricesAreSettled, pricesSettled, warmPrices } from './cost.ts';
import type { Admission, Replace } from './gate.ts';
import type { GuardrailError } from './guard/guardrail-error.ts';
import type * as KernelFace from './guard/kernel-face.ts';
import type { Verdict } from './guard/verdict.ts';
import { recorder } from './pipeline.ts';
import { fields, text } from './read.ts';
import { environment, type Frame, state } from './state.ts';

type ReadableCall = Call<readonly unknown[], unknown, unknown>;
export type Guard = typeof KernelFace;

/** The guard is large and seldom wanted: it is loaded when the first call wants it, and the calls of that moment wait. */
let guard: Guard | undefined;
let loading: Promise<Guard> | undefined;

/** The guard, once it is loaded. */
export function loadedGuard(): Guard | undefined {
  return guard;
}

export function loadGuard(): Promise<Guard> {
  return (loading ??= import('./guard/kernel-face.ts').then(async (face) => {
    await face.warm(state.options.guard);
    return (guard = face);
  }));
}

export function guardIsWanted(): boolean {
  const { guard: given } = state.options;
  return given === undefined ? environment().guarded : given !== false;
}

/** The checks of one call, or undefined where there are none: then nothing of this costs anything. */
export function checksFor(
  call: ReadableCall,
  args: readonly unknown[],
  asking: Asking,
  begun: Pick<Begun, 'facts' | 'frame' | 'began'>,
): Checks | undefined {
  const guarded = guardIsWanted() && call.content !== undefined;
  return guarded || begun.frame.budget || (isBillable(begun.facts) && askedBudgets())
    ? new Checks(call, args, asking, begun, guarded)
    : undefined;
}

/** May this call be made, and may its answer be used? Budget first, as it costs nothing to ask; then the guard. */
export class Checks {
  /** Whether answers are looked at, so that their text must be kept while it streams. */
  readonly scansAnswers: boolean;
  readonly #call: ReadableCall;
  readonly #args: readonly unknown[];
  readonly #asking: Asking;
  readonly #begun: Pick<Begun, 'facts' | 'frame' | 'began'>;
  #reservation: Reservation | undefined;
  /** The part of the server's budgets that it is made from. */
  #lease: Admitted | undefined;
  #settled = false;
  #session: InstanceType<Guard['Session']> | undefined;

  constructor(
    call: ReadableCall,
    args: readonly unknown[],
    asking: Asking,
    begun: Pick<Begun, 'facts' | 'frame' | 'began'>,
    guarded: boolean,
  ) {
    this.#call = call;
    this.#args = args;
    this.#asking = asking;
    this.#begun = begun;
    this.scansAnswers = guarded;
  }

  /**
   * Undefined: the call may be made at once, as it is. A function: it may be made with other texts. A promise: it must wait, and may
   * be refused.
   */
  before(): Replace | Admission | undefined {
    const asked = isBillable(this.#begun.facts) ? askedBudgets() : undefined;
    if (asked && !pricesAreSettled()) {
      // Without prices everything would seem to cost nothing; they are there in a few milliseconds.
      warmPrices();
      return pricesSettled().then(() => this.#afford(asked));
    }
    return this.#afford(asked);
  }

  #afford(asked: ServerBudgets | undefined): Replace | Admission | undefined {
    try {
      const { frame, facts } = this.#begun;
      const budget = frame.budget;
      const estimate = budget || asked ? estimateOf(facts, this.#args, loadedPrices(), this.#startNanos()) : undefined;
      if (budget && estimate) this.#reservation = budget.reserve(estimate, () => requestKey(this.#args));
      const admitted = estimate && asked?.admit(scopeOf(facts), estimate);
      if (admitted instanceof Promise)
        return admitted.then(
          (late) => {
            this.#admitted(late);
            return this.#guarded();
          },
          (refusal: unknown) => this.#refused(refusal),
        );
      if (admitted) this.#admitted(admitted);
    } catch (refusal) {
      return this.#refused(refusal);
    }
    return this.#guarded();
  }

  #admitted(admitted: Admitted): void {
    // Whoever gave up meanwhile does not make the call.
    if (this.#settled) return admitted.cancel();
    this.#lease = admitted;
    if (admitted.asker !== undefined) this.#begun.facts.budgetAsker = admitted.asker;
    if (admitted.unchecked) this.#begun.facts.budgetOutcome = 'not_checked';
  }

  #refused(refusal: unknown): Promise<never> {
    this.#reservation?.cancel();
    const limit = text(fields(fields(refusal).state).limit);
    const labels = { ...labelsOf(this.#begun.facts, ['agent', 'tenant']), ...(limit !== undefined && { limit }) };
    recorder().count('budget', labels, { calls: 1 });
    return Promise.reject(refusal as Error);
  }

  #guarded(): Replace | Admission | undefined {
    if (!this.scansAnswers) return undefined;
    return guard ? this.#scan(guard) : loadGuard().then((face) => this.#scan(face));
  }

  #scan(face: Guard): Replace | Admission | undefined {
    this.#session = face.sessionFor(state.options.guard, this.#begun.facts.agent);
    if (!this.#session?.scans.input) return undefined;
    const verdict = this.#session.scanAsked(() => this.#call.content!.asked(this.#args, this.#asking));
    return verdict instanceof Promise ? verdict.then((late) => this.#act(face, late)) : this.#act(face, verdict);
  }

  /** Whether streams are held back until their whole text was looked at. */
  get holdsStreams(): boolean {
    return this.#session?.holdsStreams ?? false;
  }

  /**
   * Looks at an answer, or at what a stream came to. Undefined: it may be used. A promise: it is being looked at, and rejects when it
   * may not. What was found stands on the span in any case.
   */
  after(result: unknown, streamed: boolean): Admission | Replace | undefined {
    const face = guard;
    const session = this.#session;
    if (!face || !session?.scans.output) return undefined;
    const verdict = session.scanAnswered(() => this.#call.content!.answered(result));
    // A stream that flowed has been seen already: what was found is only written down.
    const act = (said: Verdict) => this.#act(face, streamed && !session.holdsStreams ? face.onlyNoted(said) : said);
    return verdict instanceof Promise ? verdict.then(act) : act(verdict);
  }

  #act(face: Guard, verdict: Verdict): Replace | Admission | undefined {
    const refusal = noteVerdict(face, verdict, this.#begun);
    return refusal ? Promise.reject(refusal) : face.replacer(verdict);
  }

  /** The call has ended: what it used takes the place of what was held for it. */
  settle(facts: Facts): void {
    this.#settled = true;
    if (!this.#reservation && !this.#lease) return;
    addCost(facts, this.#begun.began.wall);
    const { inputTokens, outputTokens, costNanoUsd } = facts;
    const known = inputTokens !== undefined || outputTokens !== undefined;
    const tokens = known ? BigInt((inputTokens ?? 0) + (outputTokens ?? 0)) : undefined;
    this.#reservation?.settle({ nanos: costNanoUsd, tokens });
    this.#lease?.settle({ nanos: costNanoUsd, tokens });
  }

  #startNanos(): bigint {
    return BigInt(this.#begun.began.wall) * 1000n;
  }
}

/** Writes down what the guard said of a call: on its span, as a span of its own, and in the counters. Answers the error if it refuses. */
export function noteVerdict(
  face: Guard,
  verdict: Verdict,
  { facts, frame }: Pick<Begun, 'facts' | 'frame'>,
): GuardrailError | undefined {
  Object.assign(facts, face.guardFacts(verdict));
  recordScan(face, verdict, frame);
  return face.refusalOf(verdict);
}

/** A scan as a span of its own, and in the counters. Default: inside of whatever is under way. */
function recordScan(face: Guard, verdict: Verdict, frame?: Frame): void {
  const scan = new Begun({ operation: 'guardrail', ...face.scanFacts(verdict) }, frame?.identity, {
    parent: frame?.span,
    around: frame,
    began: Begun.now(-Math.round(verdict.durationMs * 1000)),
  });
  scan.end(face.scanFailure(verdict));
  countScan(verdict);
}

/** A scan by hand refuses nothing, so it is only noted. Never throws. */
export async function noteScanByHand<Scan extends { verdict: Verdict }>(scan: Scan): Promise<Scan> {
  try {
    const face = await loadGuard();
    recordScan(face, face.onlyNoted(scan.verdict));
  } catch {
    // Whoever scans wants the answer, with or without a span.
  }
  return scan;
}

function scopeOf({ tenant, agent, role, provider, requestModel, userId, runId }: Facts): CallScope {
  return { tenant, agent, role, provider, model: requestModel, user: userId, run: runId };
}

/** Two calls are the same when the same is asked of the same model. Kept in memory only, as long as the run. */
function requestKey(args: readonly unknown[]): string {
  try {
    return JSON.stringify(args[0]) ?? '';
  } catch {
    return '';
  }
}

/** Every scanner that looked counts once, and once more when it was the one that blocked. */
function countScan({ direction, scanners, failures, triggered, outcome, durationMs }: Verdict): void {
  const counting = recorder();
  counting.count('guard_scan', { direction }, { durationSeconds: durationMs / 1000 });
  for (const scanner of Object.keys({ ...scanners, ...failures })) {
    const blocks = outcome === 'blocked' && (scanner in triggered || scanner in failures) ? 1 : 0;
    counting.count('guard_scanner', { direction, scanner }, { calls: 1, blocks });
  }
}
