import type { Answered, Asked, Facts, Operation } from '@tallyspan/facts';
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
  answered(result: Result, answering: Answering): Answered;
  /**
   * Adds a chunk to what a non-streamed call would have returned. Text is kept only when `keepContent` is true, so that a
   * long answer costs no memory while content is off.
   */
  fold?(soFar: Result | undefined, chunk: Chunk, keepContent: boolean): Result;
  /** Where the chunks come from when the answer holds the stream instead of being it. Default: the answer. */
  stream?(result: unknown): unknown;
  /** The method also takes a callback as its last argument, and then tells only that. */
  callback?: true;
  /** Message content, read only when the user asked for it. */
  content?: { asked(args: Args, asking: Asking): AskedContent; answered(result: Result): AnsweredContent };
  /**
   * Changes the request so that it reports more, on a copy. `conceal` then takes the addition out of each chunk before the caller
   * sees it, and answers true when nothing is left of it.
   */
  enrich?(
    args: Args,
    serverAddress: string | undefined,
  ): { args: readonly unknown[]; conceal(chunk: Chunk): boolean } | undefined;
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
  /** Where requests go, as text; for `server.address` and the provider. */
  baseUrl(client: object): string | undefined;
  /**
   * Stops the library's own spans for this client, as one call shall give one span. Answers how to undo it, or undefined where
   * there was nothing to stop.
   */
  silence?(client: object): (() => void) | undefined;
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
export function call<Args extends readonly unknown[], Result, Chunk = never>(spec: Call<Args, Result, Chunk>): AnyCall {
  return spec as unknown as AnyCall;
}

/** Which call these arguments make. */
export function chosen(call: AnyCall | Choice, args: readonly unknown[]): AnyCall | undefined {
  return 'choose' in call ? call.choose(args) : call;
}
