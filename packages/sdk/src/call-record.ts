import { type Facts, limits } from '@tallyspan/facts';
import type { Adapter, Answering, Call, InnerCall } from './adapter.ts';
import { Begun } from './begin.ts';
import type { Checks } from './checks.ts';
import { contentFacts, type ContentRules, readsContent } from './content.ts';
import { describeFailure, type Failure, isAbort } from './failure.ts';
import { closeWork, keepOpen } from './open-work.ts';
import { isFirst, owned } from './owners.ts';
import { add } from './read.ts';

/** How a call ended, where that is not simply "completely". */
export type EndedBy = 'break' | 'aborted' | 'cut' | 'raw' | 'abandoned';

type ReadableCall = Call<readonly unknown[], unknown, unknown>;

/** What a record needs of a span that has begun; {@link noSpan} has it too. */
type Recording = Pick<Begun, 'facts' | 'frame' | 'began' | 'recorder' | 'ended' | 'elapsedMicros' | 'end'>;

/** For a call that leaves no span. */
export function noSpan(): Recording {
  return {
    facts: {},
    frame: { identity: {}, span: undefined },
    began: { wall: 0, monotonic: 0 },
    recorder: undefined,
    ended: false,
    elapsedMicros: () => 0,
    end() {
      this.ended = true;
    },
  };
}

/**
 * One model call on its way: collects what is seen and ends the span once. It knows nothing of promises and streams and holds no
 * reference to them, so that the garbage collector can tell us when a stream was dropped.
 */
export class CallRecord {
  readonly begun: Recording;
  /** Set once the answer turned out to be a stream: what helpers make of it later is no answer. */
  streaming = false;
  /** Set once somebody asked for the parsed answer. */
  parsing = false;
  /** Of the response, where they could be seen. */
  headers: { get(name: string): string | null } | undefined;
  /** Whose method was called, for saying that it answered something nobody knows. */
  library: Adapter | undefined;
  /** Says where the call went, for clients that know it only after they were asked (the region of an AWS client). */
  addressee: (() => Partial<Facts>) | undefined;
  /** Budget and guard of this call, where there are any. */
  checks: Checks | undefined;
  /** Settles when the guard has looked at the answer; rejects when it may not be used. */
  verdict: Promise<void> | undefined;
  readonly #call: ReadableCall;
  readonly #rules: ContentRules;
  #folded: unknown;
  #chunks = 0;
  /** The answer was only a ticket; {@link closed} or {@link abandon} ends the call. */
  #waits = false;
  /** As much text as will be recorded has come. */
  #full = false;
  #inner: readonly InnerCall[] = [];

  constructor(begun: Recording, call: ReadableCall, rules: ContentRules) {
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

  /** A promise of the whole that an answer holds beside its stream. */
  get beside(): ReadableCall['beside'] {
    return this.#call.beside;
  }

  /** The whole came beside a stream: that is the end, unless somebody reads the stream, which then tells. */
  cameBeside(result: unknown): void {
    if (this.#chunks === 0) this.answered(result);
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
    if (this.begun.ended || this.#waits || this.verdict) return;
    this.#look(result, false, () => {
      this.#read(result);
      this.#conclude(result);
    });
  }

  /** Lets the guard look at an answer, if there is one, before the call ends. */
  #look(result: unknown, streamed: boolean, end: () => void): void {
    const looked = this.checks?.after(result, streamed);
    if (!(looked instanceof Promise)) {
      looked?.(result);
      return end();
    }
    this.verdict = looked.then(
      (replace) => {
        replace?.(result);
        end();
      },
      (refusal: unknown) => {
        this.#read(result);
        this.#end(describeFailure(refusal, false), refusal);
        throw refusal;
      },
    );
    this.verdict.catch(() => {});
  }

  /** Nobody looked after the work that this call began. */
  abandon(): void {
    this.#waits = false;
    this.finish('abandoned');
  }

  /** A later call saw the end of the work that this one began. */
  closed(result: unknown): void {
    if (this.begun.ended) return;
    this.#read(result);
    this.#end(this.#failureIn(result));
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
      if (this.#call.fold) this.#folded = this.#call.fold(this.#folded, chunk, this.#keepsContent());
    } catch {
      // What the chunk said is lost; the call is not.
    }
  }

  /** A stream is as long as it likes; what is kept of its text is not. Looked at now and then, as chunks are many. */
  #keepsContent(): boolean {
    const scanned = this.checks?.scansAnswers === true;
    const capture = scanned || this.#rules.capture || this.#rules.outline === true;
    if (!capture || this.#full) return false;
    if (this.#chunks % 32 === 0) {
      const most = capture === 'preview' ? limits.previewCharsMax * 4 : limits.contentBytesMax;
      this.#full = textLength(this.#folded, 8) > most;
    }
    return !this.#full;
  }

  /** The stream ended, or was left. */
  finish(by?: EndedBy): void {
    if (this.begun.ended || this.#waits || this.verdict) return;
    this.#readStream(by);
    const folded = this.#folded;
    if (folded === undefined || !this.checks) return this.#finished(by);
    this.#look(folded, true, () => this.#finished(by));
  }

  #finished(by: EndedBy | undefined): void {
    // A caller who breaks off has what was wanted; an abort is a termination the conventions count as an error.
    if ((by === undefined || by === 'break') && this.#folded !== undefined) return this.#conclude(this.#folded);
    this.#end(by === 'aborted' ? { errorType: 'aborted', statusMessage: 'aborted' } : undefined);
  }

  fail(error: unknown): void {
    if (this.begun.ended || this.#waits) return;
    this.#readStream(isAbort(error) ? 'aborted' : 'cut', this.#chunks === 0);
    try {
      if (this.#call.refused) add<Facts>(this.begun.facts, this.#call.refused(error, this.#answering()));
    } catch {
      // An error of an unknown shape: it is described all the same.
    }
    this.#end(describeFailure(error, this.#rules.capture === true), error);
  }

  /** The end, unless the answer is only a ticket for work that goes on. */
  #conclude(result: unknown): void {
    try {
      const done = this.#call.closes?.(result);
      if (done !== undefined) closeWork(done, result);
      const begun = this.#call.opens?.(result);
      if (begun !== undefined) {
        this.#waits = true;
        return keepOpen(begun, this);
      }
    } catch {
      // A shape we do not know: the call ends with its answer.
    }
    this.#end(this.#failureIn(result));
  }

  #failureIn(result: unknown): Failure | undefined {
    try {
      const code = this.#call.failed?.(result, this.#answering());
      return code === undefined ? undefined : { errorType: code, statusMessage: code };
    } catch {
      return undefined;
    }
  }

  #answering(): Answering {
    return { asked: this.begun.facts, header: (name) => this.header(name), first: isFirst };
  }

  #end(failure?: Failure, error?: unknown): void {
    owned(this.begun.facts.responseId, error);
    this.checks?.settle(this.begun.facts);
    try {
      if (this.addressee) add(this.begun.facts, this.addressee());
    } catch {
      // Nobody knows where it went.
    }
    this.begun.end(failure);
    for (const inner of this.#inner) this.#record(inner);
  }

  #record({ facts, startMicros, durationMicros }: InnerCall): void {
    const { began, frame, recorder } = this.begun;
    try {
      const { provider, serverAddress, serverPort } = this.begun.facts;
      const moment = { ...began };
      if (startMicros !== undefined) moment.wall = startMicros;
      if (durationMicros !== undefined) moment.monotonic = Begun.now().monotonic - durationMicros;
      const known: Facts = {};
      add<Facts>(known, { provider, serverAddress, serverPort, ...facts });
      new Begun(known, frame.identity, { parent: frame.span, around: frame, began: moment, recorder }).end();
    } catch {
      // The call itself is recorded all the same.
    }
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
      add<Facts>(facts, this.#call.answered(result, this.#answering()));
      this.#inner = this.#call.inner?.(result, this.#answering()) ?? [];
    } catch {
      // A shape we do not know: the span stays, without these facts.
    }
    if (!readsContent(this.#rules) || !this.#call.content) return;
    try {
      Object.assign(facts, contentFacts(this.#call.content.answered(result), this.#rules));
    } catch {
      // A redactor that throws, or content of an unknown shape: nothing is recorded.
    }
  }
}

const EXPECTS_A_REASON = new Set(['chat', 'text_completion', 'generate_content']);

/** How many characters the texts in a folded answer have together. */
function textLength(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth === 0) return 0;
  let sum = 0;
  for (const inner of Object.values(value)) sum += textLength(inner, depth - 1);
  return sum;
}
