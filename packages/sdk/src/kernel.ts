import type { Facts } from '@tallyspan/facts';
import type { Adapter, AnyCall, Call } from './adapter.ts';
import { Begun } from './begin.ts';
import { CallRecord } from './call-record.ts';
import { contentFacts, type ContentRules } from './content.ts';
import { runCall } from './context.ts';
import { observeResult } from './observe-promise.ts';
import type { WatchOptions } from './options.ts';
import { add } from './read.ts';
import { environment, state } from './state.ts';

/** A client under watch. */
export interface Watched {
  client: object;
  adapter: Adapter;
  options: WatchOptions;
}

type ReadableCall = Call<readonly unknown[], unknown, unknown>;
type Method = (...args: never[]) => unknown;

/**
 * Makes the user's call and watches it pass. Whatever fails in here is ours alone: the call is then made as if we did not exist,
 * exactly once, and its result or error is the caller's, untouched.
 */
export function callThrough(
  watched: Watched,
  call: AnyCall,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  const readable = call as unknown as ReadableCall;
  let record: CallRecord;
  let sent = args;
  let conceal: ((chunk: unknown) => boolean) | undefined;
  try {
    const rules = contentRules(watched.options);
    const facts = askedFacts(watched, readable, args, rules);
    record = new CallRecord(new Begun(facts), call, rules);
    const streamUsage = watched.options.streamUsage ?? state.options.streamUsage ?? 'auto';
    const enriched = streamUsage === 'auto' ? readable.enrich?.(args, facts.serverAddress) : undefined;
    if (enriched) ({ args: sent, conceal } = enriched);
  } catch {
    return Reflect.apply(method, self, args);
  }
  let result: unknown;
  try {
    result = runCall(record.begun.frame, () => Reflect.apply(method, self, sent));
  } catch (error) {
    record.fail(error);
    throw error;
  }
  return observeResult(result, record, conceal);
}

function askedFacts(
  { client, adapter }: Watched,
  call: ReadableCall,
  args: readonly unknown[],
  rules: ContentRules,
): Facts {
  const facts: Facts = { operation: call.operation, provider: adapter.provider(client) };
  const { serverAddress, serverPort } = endpoint(adapter.baseUrl(client));
  if (serverAddress !== undefined) Object.assign(facts, { serverAddress, serverPort });
  try {
    add(facts, call.asked(args));
  } catch {
    // Hostile arguments: the provider will say what is wrong with them.
  }
  if (rules.capture && call.content) {
    try {
      Object.assign(facts, contentFacts(call.content.asked(args), rules));
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
