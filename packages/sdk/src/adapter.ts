import type { Answered, Asked, Facts, Operation } from '@tallyspan/facts';
import type { Emitter } from './attach.ts';
import type { AnsweredContent, AskedContent } from './content.ts';

/** Which client a call was made on, for what the arguments do not say: a model chosen when the client was made. */
export interface Asking {
  client: object;
  /** The object the method was called on. */
  self: unknown;
}

/** What is known of a call when its answer is read. */
export interface Answering {
  /** The facts so far: what was asked, of whom. */
  readonly asked: Readonly<Facts>;
  /** A header of the response, where the library lets it be seen; case does not matter. */
  header(name: string): string | undefined;
  /**
   * True for the first call that asks with this name. Figures that every later answer repeats (a batch that is looked at again) are
   * counted with the first.
   */
  first(name: string): boolean;
}

/**
 * How to read one SDK method. Every function is pure and may throw: the kernel then drops the fact, never the user's call.
 * Arguments and results come from outside and are typed by their adapter, which reads them with care.
 */
export interface Call<Args extends readonly unknown[] = readonly never[], Result = never, Chunk = never> {
  operation: Operation;
  /** Request → facts. Reads no content. */
  asked(args: Args, asking: Asking): Asked;
  /** Response → facts; also reads a folded stream, so it is written once. Reads no content. */
  answered(result: Result, answering: Answering): Answered & Pick<Facts, 'operation' | 'endedBy'>;
  /** What an error still tells: its request id, what is left of a rate limit. Reads no content. */
  refused?(error: unknown, answering: Answering): Answered;
  /**
   * The id of work that goes on at the provider after this answer. The span then stays open until a call whose {@link closes} names
   * the same id has seen the end of it.
   */
  opens?(result: Result): string | undefined;
  /** The id of work whose end this answer shows. */
  closes?(result: Result): string | undefined;
  /** The code of a failure that came as an answer: work that did not succeed, in a response that did. */
  failed?(result: Result, answering: Answering): string | undefined;
  /** The call only looks after work that another one began: it leaves no span of its own. */
  silent?: true;
  /**
   * Adds a chunk to what a non-streamed call would have returned. Text is kept only when `keepContent` is true, so that a
   * long answer costs no memory while content is off.
   */
  fold?(soFar: Result | undefined, chunk: Chunk, keepContent: boolean): Result;
  /** Where the chunks come from when the answer holds the stream instead of being it. Default: the answer. */
  stream?(result: unknown): unknown;
  /**
   * Where an answer that holds a stream also holds a promise of the whole: the span ends with it when nobody reads the stream.
   * `handled`: the library looks after its failure, so that nobody else has to.
   */
  beside?: { name: string; handled?: true };
  /** The method answers a generator at once, and sends nothing before that is read. */
  lazy?: true;
  /** The method also takes a callback as its last argument, and then tells only that. */
  callback?: true;
  /**
   * Model calls that the provider made on our behalf and tells of in its answer: an agent's steps, the requests of a batch. Each gets
   * a span of its own below this call's and bears its cost; this call's own operation is then none that is billed.
   */
  inner?(result: Result, answering: Answering): readonly InnerCall[];
  /** Message content, read only when the user asked for it. */
  content?: { asked(args: Args, asking: Asking): AskedContent; answered(result: Result): AnsweredContent };
  /**
   * Changes the request so that it reports more, on a copy. `conceal` then takes the addition out of each chunk before the caller
   * sees it, and answers true when nothing is left of it.
   */
  enrich?(
    args: Args,
    serverAddress: string | undefined,
    asking: Asking,
  ): { args: readonly unknown[]; conceal(chunk: Chunk): boolean } | undefined;
}

/** A model call inside a provider's answer. */
export interface InnerCall {
  facts: Facts;
  /** When it began and how long it took, where the provider says so. Default: like the call around it. */
  startMicros?: number;
  durationMicros?: number;
}

/** A call with its types forgotten: what the kernel handles. `never` lets every typed call in and lets nobody invent arguments. */
export type AnyCall = Call<readonly never[], never, never>;

/** Where one method does many things (`send(command)`), the arguments say which; undefined is none of ours. */
export interface Choice {
  choose(args: readonly unknown[]): AnyCall | undefined;
}

/** One library, described as data. It drives all three doors. */
export interface Adapter {
  /** `gen_ai.provider.name` by base URL, where one class speaks to many hosts. */
  provider(client: object): string;
  /** npm name. */
  package: string;
  /** Versions it was proven with. There is no upper bound: an unknown shape passes through untouched. */
  versions: string;
  /** Exported client classes, for the class and zero-code doors. */
  clients: readonly string[];
  /** Whether this object is a client of this library. Looks at its shape, as several copies of the library may be installed. */
  detect(client: object): boolean;
  /** Path from the client to a method → how to read it. Only `create`-level methods: helpers call these inside. */
  calls: Readonly<Record<string, AnyCall | Choice>>;
  /** Methods that call `create` on the client they belong to; the proxy door must let them find itself there. */
  helpers: readonly string[];
  /** Methods that return another client, to be watched as well: of this library, or of any we know. */
  derives: readonly string[];
  /**
   * Parts of a client made anew, by property, that share its connection. For libraries whose methods are bound to the object they
   * were made on, so that no proxy can stand in between: the proxy door watches these and leaves the client's own alone.
   */
  double?(client: object): Readonly<Record<string, object>>;
  /** The methods are fixed on each client, so that nothing can be put in front of them: `watch` then answers what `observe` does. */
  fixed?: true;
  /**
   * Where requests go, as text; for `server.address` and the provider. Undefined while it is not known; then it is asked again when
   * the call has ended.
   */
  baseUrl(client: object): string | undefined;
  /**
   * Stops the library's own spans for this client as long as `silenced` says so, as one call shall give one span. Answers how to undo
   * it, or undefined where there was nothing to stop.
   */
  silence?(client: object, silenced: () => boolean): (() => void) | undefined;
  /** Listens to objects that tell by events and not by what their methods return (a realtime session); answers how to stop. */
  attach?(client: object, emit: Emitter): (() => void) | undefined;
  /**
   * Where the methods are on the classes of a loaded copy of the library, for the class and zero-code doors. Default: a client is
   * made of each class in {@link clients} and the prototypes behind its methods are taken.
   */
  points?(module: Readonly<Record<string, unknown>>): Iterable<PatchPoint>;
  /** Arguments with which {@link clients} can be constructed without side effects. Default `[{ apiKey: 'unused' }]`. */
  sample?: readonly unknown[];
}

/** A method on a prototype that stands behind one of {@link Adapter.calls}. */
export interface PatchPoint {
  holder: object;
  method: string;
  call: AnyCall | Choice;
  /** The client that `this` of a call belongs to. */
  clientOf(self: unknown): object | undefined;
}

/** Declares a call with its types and hands it to the table. */
/* @__NO_SIDE_EFFECTS__ */
export function call<Args extends readonly unknown[], Result, Chunk = never>(spec: Call<Args, Result, Chunk>): AnyCall {
  return spec as unknown as AnyCall;
}

/** Which call these arguments make. */
export function chosen(call: AnyCall | Choice, args: readonly unknown[]): AnyCall | undefined {
  return 'choose' in call ? call.choose(args) : call;
}
