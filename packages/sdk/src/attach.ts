import type { Answered, Facts, Identity } from '@tallyspan/facts';
import { asAgent } from './agent.ts';
import { Begun } from './begin.ts';
import { type AnsweredContent, type AskedContent, contentFacts, type ContentRules, contentText } from './content.ts';
import { activeSpan, claimCall, currentFrame, innermostFrame, isInside, runIn, within } from './context.ts';
import { describeFailure, type Failure, isAbort } from './failure.ts';
import { contentRules } from './kernel.ts';
import type { WatchOptions } from './options.ts';
import { closeCall, isOwned, type OpenCall, openCall, owned } from './owners.ts';
import { add } from './read.ts';
import type { Frame } from './state.ts';

/**
 * The second shape, for libraries that tell us what they do (callbacks, trace processors, telemetry integrations): an attachment
 * listens to the library and tells the emitter. It says what began under what, and what became of it; spans, prices, identity,
 * content rules and ownership are the emitter's.
 */
export interface Attachment {
  /** npm name. */
  package: string;
  versions: string;
  /**
   * The file of the package that exports what the zero-code door attaches to, without extension: `dist/callbacks/manager`. Default:
   * the package's entry.
   */
  file?: string;
  /** Whether this is what {@link attach} can listen to: a module, a model, a graph, a registry of handlers. */
  detect(library: object): boolean;
  /** Begins to listen; answers how to stop. */
  attach(library: object, emit: Emitter): () => void;
}

/** What a step was given and what it gave back; recorded only where content is on. */
export interface StepContent {
  arguments?: unknown;
  result?: unknown;
}

/** Something a framework does around its model calls: an agent, a workflow, a tool, a node. Nothing here throws. */
export interface OpenStep {
  /** The context in which the step's work runs: its span and the identity below it. */
  readonly frame: Frame;
  /** Runs `fn` as part of the step, where the library lets us stand around its work. */
  run<Result>(fn: () => Result): Result;
  /** More that became known. */
  add(facts: Partial<Facts>, content?: StepContent): void;
  /** `agoMs`: how long ago it ended, where that was noticed late. */
  end(agoMs?: number): void;
  fail(error: unknown): void;
}

/**
 * A model call that a framework tells of. It becomes a span when it ends, unless the provider's client recorded the same call:
 * then it was owned there, and this one leaves no span and no cost.
 */
export interface OpenModelCall {
  /** The context in which the call runs, where the library has an async context of its own that leads to it. */
  readonly frame: Frame;
  /** Whether content is recorded: an attachment that has to put it together need not otherwise. */
  readonly keepsContent: boolean;
  /** Runs `fn` as part of the call; a watched client called inside owns it. */
  run<Result>(fn: () => Result): Result;
  /** A chunk of a stream arrived. */
  chunk(): void;
  add(facts: Partial<Facts>): void;
  answered(answer: Answered, content?: AnsweredContent): void;
  fail(error: unknown): void;
  /** The stream was left or cut before its end. */
  left(by: 'break' | 'aborted' | 'abandoned', agoMs?: number): void;
  /** Nobody was asked after all: the answer came out of a cache. */
  drop(): void;
}

export interface Emitter {
  readonly options: WatchOptions;
  /**
   * A step begins, under the one given or under what is current. `identity` is what everything below it carries besides; naming an
   * `agent` there begins a new one, as `agent()` does.
   */
  step(facts: Facts, options?: { under?: OpenStep | undefined; identity?: Identity; content?: StepContent }): OpenStep;
  /** A model call begins. `facts` hold operation, provider and what was asked. */
  model(facts: Facts, options?: ModelCallOptions): OpenModelCall;
}

export interface ModelCallOptions {
  /** Default: what is current. */
  under?: OpenStep | undefined;
  content?: AskedContent;
  /**
   * The library only tells of this call and nobody stands around it: a client that records a call of the same model in the same
   * place meanwhile is taken for its owner, unless the id of the answer says otherwise.
   */
  isOnlyTold?: boolean;
  /** Told when its reader went away. */
  onLeft?: (() => void) | undefined;
}

export function emitter(options: WatchOptions): Emitter {
  return {
    options,
    step: (facts, { under, identity, content } = {}) =>
      new RecordedStep(facts, frameUnder(under), identity, content, contentRules(options)),
    model: (facts, given = {}) => new ModelCall(facts, given, contentRules(options)),
  };
}

/** Where something begins that a framework says is under this step: there, or further inside, when the user's code made frames. */
function frameUnder(step: OpenStep | undefined): Frame | undefined {
  if (!step) return currentFrame();
  const innermost = innermostFrame();
  return innermost && isInside(innermost, step.frame) ? currentFrame() : step.frame;
}

/** A run is the call of an outermost agent or workflow. */
const RUNS = new Set(['invoke_agent', 'invoke_workflow']);

class RecordedStep implements OpenStep {
  readonly frame: Frame;
  readonly #begun: Begun;
  readonly #rules: ContentRules;

  constructor(
    facts: Facts,
    around: Frame | undefined,
    given: Identity | undefined,
    content: StepContent | undefined,
    rules: ContentRules,
  ) {
    this.#rules = rules;
    const outer = around?.identity ?? {};
    const isRun = facts.operation !== undefined && RUNS.has(facts.operation);
    const identity = given?.agent !== undefined || isRun ? asAgent(outer, given) : { ...outer, ...given };
    this.#begun = new Begun({ ...facts }, identity, {
      parent: around?.span,
      around,
      identify: ({ spanId }) => (isRun && outer.runId === undefined ? { runId: spanId } : {}),
    });
    this.frame = { ...this.#begun.frame, over: activeSpan()?.spanId };
    if (content) this.add({}, content);
  }

  run<Result>(fn: () => Result): Result {
    return runIn(this.frame, fn);
  }

  add(facts: Partial<Facts>, content?: StepContent): void {
    if (this.#begun.ended) return;
    add(this.#begun.facts, facts);
    if (!content || !this.#rules.capture) return;
    try {
      if (content.arguments !== undefined)
        this.#begun.facts.toolArguments = contentText(content.arguments, this.#rules);
      if (content.result !== undefined) this.#begun.facts.toolResult = contentText(content.result, this.#rules);
    } catch {
      // Fails closed.
    }
  }

  end(agoMs = 0): void {
    this.#begun.end(undefined, Math.round(agoMs * 1000));
  }

  fail(error: unknown): void {
    this.#begun.end(describeFailure(error, this.#rules.capture === true));
  }
}

const ABORTED: Failure = { errorType: 'aborted', statusMessage: 'aborted' };

class ModelCall implements OpenModelCall {
  readonly frame: Frame;
  readonly keepsContent: boolean;
  readonly #facts: Facts;
  readonly #around: Frame | undefined;
  /** Set by a client that was called inside of `run`. */
  readonly #claim = { owned: false };
  /** Where a client that records the same call looks for us, when nobody can stand around the call. */
  readonly #place: Frame | undefined;
  readonly #open: OpenCall;
  readonly #rules: ContentRules;
  readonly #onLeft: (() => void) | undefined;
  readonly #began = Begun.now();
  #chunks = 0;
  #ended = false;

  constructor(facts: Facts, { under, content, isOnlyTold, onLeft }: ModelCallOptions, rules: ContentRules) {
    this.#onLeft = onLeft;
    const around = frameUnder(under);
    const innermost = innermostFrame();
    this.#around = around;
    this.#place = under && !(innermost && isInside(innermost, under.frame)) ? under.frame : innermost;
    this.#facts = { ...facts };
    this.#rules = rules;
    this.keepsContent = rules.capture !== false;
    this.#open = { model: facts.requestModel, owned: false };
    // One framework may stand on another, and be told of twice: the innermost report is the truest.
    if (around?.claim) around.claim.owned = true;
    else if (!isOnlyTold) claimCall(facts.requestModel);
    if (isOnlyTold) openCall(this.#place, this.#open);
    this.frame = {
      identity: around?.identity ?? {},
      span: around?.span,
      claim: this.#claim,
      over: activeSpan()?.spanId,
      ...within(around),
    };
    if (content) this.#content(content);
  }

  run<Result>(fn: () => Result): Result {
    closeCall(this.#place, this.#open);
    return runIn(this.frame, fn);
  }

  chunk(): void {
    if (this.#chunks++ === 0) this.#facts.timeToFirstChunk = Begun.since(this.#began) / 1e6;
  }

  add(facts: Partial<Facts>): void {
    add(this.#facts, facts);
  }

  answered(answer: Answered, content?: AnsweredContent): void {
    add(this.#facts, answer);
    if (content) this.#content(content);
    // Known by the id of its answer, a call can be told from others of the same model.
    this.#end(undefined, this.#facts.responseId === undefined && this.#open.owned);
  }

  fail(error: unknown): void {
    if (isAbort(error)) this.#facts.endedBy = 'aborted';
    this.#end(isAbort(error) ? ABORTED : describeFailure(error, this.#rules.capture === true), this.#open.owned, error);
  }

  left(by: 'break' | 'aborted' | 'abandoned', agoMs = 0): void {
    this.#facts.endedBy = by;
    this.#end(by === 'aborted' ? ABORTED : undefined, this.#open.owned, undefined, Math.round(agoMs * 1000));
    this.#onLeft?.();
  }

  drop(): void {
    this.#ended = true;
    closeCall(this.#place, this.#open);
  }

  #content(content: AskedContent & AnsweredContent): void {
    if (!this.#rules.capture) return;
    try {
      Object.assign(this.#facts, contentFacts(content, this.#rules));
    } catch {
      // Fails closed.
    }
  }

  #end(failure: Failure | undefined, taken: boolean, error?: unknown, agoMicros = 0): void {
    if (this.#ended) return;
    this.drop();
    try {
      if (this.#claim.owned || taken || isOwned(this.#facts.responseId, error)) return;
      // A framework around this one may report the same call.
      owned(this.#facts.responseId, error);
      if (this.#chunks > 0) this.#facts.chunkCount = this.#chunks;
      const begun = new Begun(this.#facts, this.frame.identity, {
        parent: this.#around?.span,
        around: this.#around,
        began: this.#began,
      });
      begun.end(failure, agoMicros);
    } catch {
      // A span that cannot be written must not reach the framework.
    }
  }
}
