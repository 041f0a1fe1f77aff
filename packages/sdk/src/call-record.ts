import type { Facts } from '@tallyspan/facts';
import type { Call } from './adapter.ts';
import type { Begun } from './begin.ts';
import { contentFacts, type ContentRules } from './content.ts';
import { describeFailure, type Failure } from './failure.ts';
import { owned } from './owners.ts';
import { add } from './read.ts';

/** How a call ended, where that is not simply "completely". */
export type EndedBy = 'break' | 'aborted' | 'cut' | 'raw' | 'abandoned';

type ReadableCall = Call<readonly unknown[], unknown, unknown>;

/**
 * One model call on its way: collects what is seen and ends the span once. It knows nothing of promises and streams and holds no
 * reference to them, so that the garbage collector can tell us when a stream was dropped.
 */
export class CallRecord {
  readonly begun: Begun;
  /** Set once the answer turned out to be a stream: what helpers make of it later is no answer. */
  streaming = false;
  /** Set once somebody asked for the parsed answer. */
  parsing = false;
  /** Of the response, where they could be seen. */
  headers: { get(name: string): string | null } | undefined;
  readonly #call: ReadableCall;
  readonly #rules: ContentRules;
  #folded: unknown;
  #chunks = 0;

  constructor(begun: Begun, call: ReadableCall, rules: ContentRules) {
    this.begun = begun;
    this.#call = call;
    this.#rules = rules;
  }

  /** Where the chunks come from: the answer, or what holds them in it. */
  streamIn(result: unknown): unknown {
    try {
      return this.#call.stream ? this.#call.stream(result) : result;
    } catch {
      return undefined;
    }
  }

  header(name: string): string | undefined {
    try {
      return this.headers?.get(name) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** A whole answer arrived. */
  answered(result: unknown): void {
    if (this.begun.ended) return;
    this.#read(result);
    this.#end();
  }

  /** The last chunk was ours alone and the caller never saw it. */
  uncount(): void {
    this.#chunks--;
  }

  /** A chunk arrived. Never throws: a chunk that cannot be read is only counted. */
  chunk(chunk: unknown): void {
    if (this.begun.ended) return;
    if (this.#chunks++ === 0) this.begun.facts.timeToFirstChunk = this.begun.elapsedMicros() / 1e6;
    try {
      if (this.#call.fold) this.#folded = this.#call.fold(this.#folded, chunk, Boolean(this.#rules.capture));
    } catch {
      // What the chunk said is lost; the call is not.
    }
  }

  /** The stream ended, or was left. */
  finish(by?: EndedBy): void {
    if (this.begun.ended) return;
    this.#readStream(by);
    // A caller who breaks off has what was wanted; an abort is a termination the conventions count as an error.
    this.#end(by === 'aborted' ? { errorType: 'aborted', statusMessage: 'aborted' } : undefined);
  }

  fail(error: unknown): void {
    if (this.begun.ended) return;
    this.#readStream('cut', this.#chunks === 0);
    this.#end(describeFailure(error, this.#rules.capture === true), error);
  }

  #end(failure?: Failure, error?: unknown): void {
    owned(this.begun.facts.responseId, error);
    this.begun.end(failure);
  }

  #readStream(by: EndedBy | undefined, nothingCame = false): void {
    const { facts } = this.begun;
    if (by !== undefined) facts.endedBy = by;
    if (this.#chunks > 0) facts.chunkCount = this.#chunks;
    if (this.#folded !== undefined) this.#read(this.#folded);
    if (by === 'raw' || (by === undefined && facts.finishReasons?.length)) return;
    if (!EXPECTS_A_REASON.has(this.#call.operation)) return;
    // Where a reason was due and never came, the conventions want `error` in its slot.
    const reasons = facts.finishReasons ?? [];
    const due = nothingCame ? (facts.choiceCount ?? 1) : Math.max(reasons.length, 1);
    facts.finishReasons = Array.from({ length: due }, (_, index) => reasons[index] || 'error');
  }

  #read(result: unknown): void {
    const { facts } = this.begun;
    try {
      add<Facts>(facts, this.#call.answered(result, { asked: facts, header: (name) => this.header(name) }));
    } catch {
      // A shape we do not know: the span stays, without these facts.
    }
    if (!this.#rules.capture || !this.#call.content) return;
    try {
      Object.assign(facts, contentFacts(this.#call.content.answered(result), this.#rules));
    } catch {
      // A redactor that throws, or content of an unknown shape: nothing is recorded.
    }
  }
}

const EXPECTS_A_REASON = new Set(['chat', 'text_completion', 'generate_content']);
