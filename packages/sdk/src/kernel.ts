import type { Facts } from '@tallyspan/facts';
import { type Adapter, type AnyCall, type Call, type Choice, chosen } from './adapter.ts';
import { Begun } from './begin.ts';
import { CallRecord } from './call-record.ts';
import { contentFacts, type ContentRules } from './content.ts';
import { claimCall, runCall } from './context.ts';
import { observeResult, seen } from './observe-promise.ts';
import type { WatchOptions } from './options.ts';
import { add } from './read.ts';
import { environment, state } from './state.ts';

/** A client under watch. */
export interface Watched {
  client: object;
  adapter: Adapter;
  options: WatchOptions;
  /** Set by `unwatch`: wrappers that could not be taken off again (another library stands on top) then only pass on. */
  off?: boolean;
}

type ReadableCall = Call<readonly unknown[], unknown, unknown>;
type Method = (...args: never[]) => unknown;
type Conceal = (chunk: unknown) => boolean;

/**
 * Makes the user's call and watches it pass. Whatever fails in here is ours alone: the call is then made as if we did not exist,
 * exactly once, and its result or error is the caller's, untouched.
 */
export function callThrough(
  watched: Watched,
  call: AnyCall | Choice,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  if (watched.off) return Reflect.apply(method, self, args);
  let readable: ReadableCall;
  let record: CallRecord;
  let sent = args;
  let conceal: Conceal | undefined;
  try {
    const made = chosen(call, args);
    if (!made) return Reflect.apply(method, self, args);
    readable = made as unknown as ReadableCall;
  } catch {
    return Reflect.apply(method, self, args);
  }
  try {
    const rules = contentRules(watched.options);
    const facts = askedFacts(watched, readable, self, args, rules);
    claimCall();
    record = new CallRecord(new Begun(facts), readable, rules);
  } catch {
    return Reflect.apply(method, self, args);
  }
  try {
    const streamUsage = watched.options.streamUsage ?? state.options.streamUsage ?? 'auto';
    const enriched = streamUsage === 'auto' ? readable.enrich?.(args, record.begun.facts.serverAddress) : undefined;
    if (enriched) ({ args: sent, conceal } = enriched);
  } catch {
    // Hostile arguments go out as they came.
  }
  const settled = readable.callback ? callbackOf(sent, record) : undefined;
  if (settled) sent = settled;
  let result: unknown;
  try {
    result = runCall(record.begun.frame, () => Reflect.apply(method, self, sent));
  } catch (error) {
    record.fail(error);
    throw error;
  }
  // The callback tells; what such a method returns says nothing.
  return settled ? result : observeResult(result, record, conceal);
}

type Callback = (error: unknown, result?: unknown) => unknown;

/** Arguments whose last one is a callback, with ours in front of it; undefined where promises are used. */
function callbackOf(args: readonly unknown[], record: CallRecord): unknown[] | undefined {
  const callback = args.at(-1);
  if (typeof callback !== 'function') return undefined;
  const told: Callback = function (this: unknown, error, result) {
    if (error) record.fail(error);
    else seen(result, record, undefined);
    return Reflect.apply(callback as Callback, this, [error, result]);
  };
  return [...args.slice(0, -1), told];
}

function askedFacts(
  { client, adapter }: Watched,
  call: ReadableCall,
  self: unknown,
  args: readonly unknown[],
  rules: ContentRules,
): Facts {
  const facts: Facts = { operation: call.operation, provider: adapter.provider(client) };
  const { serverAddress, serverPort } = endpoint(adapter.baseUrl(client));
  if (serverAddress !== undefined) Object.assign(facts, { serverAddress, serverPort });
  try {
    add(facts, call.asked(args, { client, self }));
  } catch {
    // Hostile arguments: the provider will say what is wrong with them.
  }
  if (rules.capture && call.content) {
    try {
      Object.assign(facts, contentFacts(call.content.asked(args, { client, self }), rules));
    } catch {
      // Fails closed: no content rather than content that was not redacted.
    }
  }
  return facts;
}

export function contentRules(options: WatchOptions): ContentRules {
  return {
    capture: options.captureContent ?? state.options.captureContent ?? environment().captureContent,
    redact: state.options.redact,
  };
}

/** Base URLs are few: each is parsed once. Bounded, as a program may build them. */
const endpoints = new Map<string, { serverAddress?: string; serverPort?: number }>();
const ENDPOINTS_MAX = 256;

function endpoint(baseUrl: string | undefined): { serverAddress?: string; serverPort?: number } {
  if (baseUrl === undefined) return {};
  const known = endpoints.get(baseUrl);
  if (known) return known;
  let made: { serverAddress?: string; serverPort?: number } = {};
  try {
    const { hostname, port, protocol } = new URL(baseUrl);
    made = {
      serverAddress: hostname.replace(/^\[|\]$/g, ''),
      serverPort: Number(port) || (protocol === 'http:' ? 80 : 443),
    };
  } catch {
    // Not a URL: the client itself will complain.
  }
  if (endpoints.size < ENDPOINTS_MAX) endpoints.set(baseUrl, made);
  return made;
}
