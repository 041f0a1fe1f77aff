import type { Answered, Asked, Operation } from '@tallyspan/facts';
import type { AnsweredContent, AskedContent } from './content.ts';

/**
 * How to read one SDK method. Every function is pure and may throw: the kernel then drops the fact, never the user's call.
 * Arguments and results come from outside and are typed by their adapter, which reads them with care.
 */
export interface Call<Args extends readonly unknown[] = readonly never[], Result = never, Chunk = never> {
  operation: Operation;
  /** Request → facts. Reads no content. */
  asked(args: Args): Asked;
  /** Response → facts; also reads a folded stream, so it is written once. Reads no content. */
  answered(result: Result): Answered;
  /**
   * Adds a chunk to what a non-streamed call would have returned. Text is kept only when `keepContent` is true, so that a
   * long answer costs no memory while content is off.
   */
  fold?(soFar: Result | undefined, chunk: Chunk, keepContent: boolean): Result;
  /** Message content, read only when the user asked for it. */
  content?: { asked(args: Args): AskedContent; answered(result: Result): AnsweredContent };
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
  calls: Readonly<Record<string, AnyCall>>;
  /** Methods that call `create` on the client they belong to; the proxy door must let them find itself there. */
  helpers: readonly string[];
  /** Methods that return another client, to be watched as well. */
  derives: readonly string[];
  /** Where requests go, as text; for `server.address` and the provider. */
  baseUrl(client: object): string | undefined;
}

/** Declares a call with its types and hands it to the table. */
export function call<Args extends readonly unknown[], Result, Chunk = never>(spec: Call<Args, Result, Chunk>): AnyCall {
  return spec as unknown as AnyCall;
}
