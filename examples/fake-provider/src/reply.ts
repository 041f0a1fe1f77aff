import type { RecordedRequest } from './recorded-request.ts';

/**
 * What the fake answers next. Everything is optional: `{}` is the default answer. The words belong to no provider; each format writes
 * them its own way, so one reply works for chat completions, responses and messages, whole or streamed.
 *
 * A chunk is one server-sent event. A whole answer has two chunks: the halves of its body.
 */
export interface Reply {
  // Which request it answers. Without these: the next one, whatever it is.
  /** `/v1/chat/completions` */
  path?: string;
  /** The model that was asked for. */
  model?: string;
  /** How often it is given. Default 1. */
  times?: number;

  // What the model says.
  /** A list gives one choice each, where the format has choices. */
  text?: string | readonly string[];
  toolCalls?: readonly ToolCall[];
  refusal?: string;
  /** Reasoning that is shown: Anthropic's thinking, the reasoning summary of OpenAI's responses. */
  thinking?: string;
  finish?: Finish;
  /** What is not given is counted from request and answer. */
  usage?: Partial<Tokens>;
  /** Id of the answer. Default: made from the seed and a counter, in the provider's shape. */
  id?: string;
  /** The model that answers. Default: the dated name behind the one asked for. */
  answersAs?: string;
  /** In how many pieces a streamed text comes. Default: word by word. */
  pieces?: number;
  /** Changes each whole body or streamed event before it is written; undefined drops it. */
  edit?: (body: Record<string, unknown>) => Record<string, unknown> | undefined;

  // Instead of an answer: an error as the provider words it.
  error?: ErrorName;
  /** The error comes inside a stream that began well, after so many chunks. Default: as the status of the response. */
  failAfterChunks?: number;
  /** Of a `rate_limit`. Default 20, so that clients which retry by themselves do it at once. */
  retryAfterMs?: number;

  // Instead of an answer: anything at all.
  status?: number;
  headers?: Record<string, string>;
  /** Text and bytes are sent as they are, anything else as JSON. */
  body?: unknown;
  /** Each is written as it is: `'data: {"a":1}\n\n'`, or bytes. */
  stream?: readonly (string | Uint8Array)[];

  // How it travels.
  /** Before the headers. */
  delayMs?: number;
  /** Before each chunk but the first. */
  chunkDelayMs?: number;
  /** After so many chunks nothing is sent until `until` settles. */
  waitAfterChunks?: number;
  until?: Promise<unknown>;
  /** After so many chunks the connection is cut. */
  dropAfterChunks?: number;
  /** The connection is cut instead of answering. */
  dropBeforeHeaders?: boolean;
  /** After so many chunks nothing comes any more, and the connection stays open. */
  hangAfterChunks?: number;
}

export interface ToolCall {
  name: string;
  /** An object is sent as JSON; text as it is, also when it is no JSON. */
  arguments: Record<string, unknown> | string;
  /** Default: made like the answer's id. */
  id?: string;
}

/** Why the model stopped. `failed` is known to OpenAI's responses only; elsewhere it reads as `stop`. */
export type Finish = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'failed';

/** Inclusive counts: `input` includes both caches and audio, `output` includes reasoning and audio. Anthropic's format writes the differences. */
export interface Tokens {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** The part of `cacheWrite` that is kept for an hour (Anthropic). */
  cacheWrite1h: number;
  reasoning: number;
  inputAudio: number;
  outputAudio: number;
}

/** Errors by meaning. What each provider makes of them is in `openai/errors.ts` and `anthropic/errors.ts`. */
export type ErrorName =
  | 'invalid_key'
  | 'forbidden'
  | 'unknown_model'
  | 'bad_request'
  | 'too_long'
  | 'rate_limit'
  | 'quota'
  | 'server_error'
  | 'overloaded';

/** Decides request by request; undefined means the default answer. */
export type Script = (request: RecordedRequest) => Reply | undefined | Promise<Reply | undefined>;
