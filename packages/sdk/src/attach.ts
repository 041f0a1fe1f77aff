import type { Answered, Facts, Identity } from '@tallyspan/facts';
import { Begun } from './begin.ts';
import { type AnsweredContent, type AskedContent, contentFacts, type ContentRules, contentText } from './content.ts';
import { currentFrame, runIn } from './context.ts';
import { describeFailure } from './failure.ts';
import { contentRules } from './kernel.ts';
import type { WatchOptions } from './options.ts';
import { isOwned } from './owners.ts';
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
  /** Whether this is what {@link attach} can listen to: a module, a client, a handler registry. */
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
  end(): void;
  fail(error: unknown): void;
}

/**
 * A model call that a framework tells of. It becomes a span when it ends, unless the provider's client recorded the same call:
 * then it was owned there, and this one leaves no span and no cost.
 */
export interface OpenModelCall {
  /** Runs `fn` as part of the call; a watched client called inside owns it. */
  run<Result>(fn: () => Result): Result;
  /** A chunk of a stream arrived. */
  chunk(): void;
  add(facts: Partial<Facts>): void;
  answered(answer: Answered, content?: AnsweredContent): void;
  fail(error: unknown): void;
  /** The stream was left or cut before its end. */
  left(by: 'break' | 'aborted'): void;
}

export interface Emitter {
  readonly options: WatchOptions;
  /** A step begins, under the one given or under what is current. `identity` is what everything below it carries besides. */
  step(facts: Facts, options?: { under?: OpenStep; identity?: Identity; content?: StepContent }): OpenStep;
  /** A model call begins. `facts` hold operation, provider and what was asked. */
  model(facts: Facts, options?: { under?: OpenStep; content?: AskedContent }): OpenModelCall;
}

export function emitter(options: WatchOptions): Emitter {
  return {
    options,
    step: (facts, { under, identity, content } = {}) =>
      new RecordedStep(facts, under?.frame ?? currentFrame(), identity, content, contentRules(options)),
    model: (facts, { under, content } = {}) =>
      new ModelCall(facts, under?.frame ?? currentFrame(), content, contentRules(options)),
  };
}

class RecordedStep implements OpenStep {
  readonly frame: Frame;
  readonly #begun: Begun;
  readonly #rules: ContentRules;

  constructor(
    facts: Facts,
    parent: Frame | undefined,
    identity: Identity | undefined,
    content: StepContent | undefined,
    rules: ContentRules,
  ) {
    this.#rules = rules;
    this.#begun = new Begun({ ...facts }, { ...parent?.identity, ...identity }, { parent: parent?.span });
    this.frame = this.#begun.frame;
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

  end(): void {
    this.#begun.end();
  }

  fail(error: unknown): void {
    this.#begun.end(describeFailure(error, this.#rules.capture === true));
  }
}

class ModelCall implements OpenModelCall {
  readonly #facts: Facts;
  readonly #frame: Frame;
  readonly #claim = { owned: false };
  readonly #rules: ContentRules;
  readonly #began: Begun['began'];
  readonly #identity: Identity;
  readonly #parent: Frame | undefined;
  #chunks = 0;
  #ended = false;

  constructor(facts: Facts, parent: Frame | undefined, content: AskedContent | undefined, rules: ContentRules) {
    this.#facts = { ...facts };
    this.#parent = parent;
    this.#identity = parent?.identity ?? {};
    this.#rules = rules;
    this.#frame = { identity: this.#identity, span: parent?.span, claim: this.#claim };
    this.#began = Begun.now();
    if (content) this.#content(content);
  }

  run<Result>(fn: () => Result): Result {
    return runIn(this.#frame, fn);
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
    this.#end(undefined);
  }

  fail(error: unknown): void {
    this.#end(error, true);
  }

  left(by: 'break' | 'aborted'): void {
    this.#facts.endedBy = by;
    this.#end(undefined);
  }

  #content(content: AskedContent & AnsweredContent): void {
    if (!this.#rules.capture) return;
    try {
      Object.assign(this.#facts, contentFacts(content, this.#rules));
    } catch {
      // Fails closed.
    }
  }

  #end(error: unknown, failed = false): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      if (this.#claim.owned || isOwned(this.#facts.responseId, error)) return;
      if (this.#chunks > 0) this.#facts.chunkCount = this.#chunks;
      const begun = new Begun(this.#facts, this.#identity, { parent: this.#parent?.span, began: this.#began });
      const aborted = this.#facts.endedBy === 'aborted';
      begun.end(
        failed
          ? describeFailure(error, this.#rules.capture === true)
          : aborted
            ? { errorType: 'aborted', statusMessage: 'aborted' }
            : undefined,
      );
    } catch {
      // A span that cannot be written must not reach the framework.
    }
  }
}
