import type { Facts } from '@tallyspan/facts';
import { type Adapter, type AnyCall, type Asking, type Call, type Choice, chosen } from './adapter.ts';
import { Begun } from './begin.ts';
import { checksFor } from './checks.ts';
import { CallRecord, noSpan } from './call-record.ts';
import { contentFacts, type ContentRules, readsContent } from './content.ts';
import { claimCall, runCall } from './context.ts';
import { describeFailure } from './failure.ts';
import { gated, gatedGenerator } from './gate.ts';
import { insideCall } from './inside.ts';
import { observeResult, seen } from './observe-promise.ts';
import type { WatchOptions } from './options.ts';
import { add } from './read.ts';
import type { Recorder } from './recorder.ts';
import { capturesContent, state, warnOnce } from './state.ts';

/** A client under watch. */
export interface Watched {
  client: object;
  adapter: Adapter;
  options: WatchOptions;
  /** Where its spans go, when it was given providers of its own. Default: where all spans go. */
  recorder?: Recorder | undefined;
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
  const asking: Asking = { client: watched.client, self };
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
  if (readable.silent)
    return observeResult(Reflect.apply(method, self, args), new CallRecord(noSpan(), readable, NO_CONTENT), undefined);
  try {
    const rules = contentRules(watched.options);
    const facts = askedFacts(watched, readable, asking, args, rules);
    claimCall(facts.requestModel);
    record = new CallRecord(new Begun(facts, undefined, { recorder: watched.recorder }), readable, rules);
    record.library = watched.adapter;
    if (facts.serverAddress === undefined) record.addressee = addresseeOf(watched);
  } catch (error) {
    // Ours alone, and it would hide every call: said once.
    warnOnce('record', `a call could not be recorded (${describeFailure(error, false).statusMessage})`);
    return Reflect.apply(method, self, args);
  }
  try {
    const streamUsage = watched.options.streamUsage ?? state.options.streamUsage ?? 'auto';
    const enriched =
      streamUsage === 'auto' ? readable.enrich?.(args, record.begun.facts.serverAddress, asking) : undefined;
    if (enriched) ({ args: sent, conceal } = enriched);
  } catch {
    // Hostile arguments go out as they came.
  }
  const admission = admit(record, readable, args, asking);
  if (typeof admission === 'function') sent = admission(sent);
  const settled = readable.callback ? callbackOf(sent, record) : undefined;
  if (settled) sent = settled;
  let result: unknown;
  try {
    result = runCall(record.begun.frame, () =>
      insideCall(() => {
        if (!(admission instanceof Promise)) return Reflect.apply(method, self, sent);
        if (readable.lazy) return gatedGenerator(method, self, sent, admission);
        if (!settled) return gated(watched.client, method, self, sent, admission);
        // Whoever hands over a callback hears of a refusal there.
        void admission.then(
          (replace) => Reflect.apply(method, self, replace?.(sent) ?? sent),
          settled.at(-1) as Callback,
        );
      }),
    );
  } catch (error) {
    record.fail(error);
    throw error;
  }
  // The callback tells; what such a method returns says nothing.
  return settled ? result : observeResult(result, record, conceal);
}

/** Budget and guard, where there are any: whether the call may be made, now or later, and with which texts. */
function admit(record: CallRecord, call: ReadableCall, args: readonly unknown[], asking: Asking) {
  const checks = checksFor(call, args, asking, record.begun);
  if (!checks) return undefined;
  record.checks = checks;
  const admission = checks.before();
  // The span of a refused call ends at once, whether anybody waits for it or not.
  if (admission instanceof Promise) admission.catch((refusal: unknown) => record.fail(refusal));
  return admission;
}

const NO_CONTENT: ContentRules = { capture: false, redact: undefined };

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
  { client, adapter, options }: Watched,
  call: ReadableCall,
  asking: Asking,
  args: readonly unknown[],
  rules: ContentRules,
): Facts {
  const facts: Facts = { operation: call.operation, provider: options.provider ?? adapter.provider(client) };
  const { serverAddress, serverPort } = endpoint(adapter.baseUrl(client));
  if (serverAddress !== undefined) Object.assign(facts, { serverAddress, serverPort });
  try {
    add(facts, call.asked(args, asking));
  } catch {
    // Hostile arguments: the provider will say what is wrong with them.
  }
  if (readsContent(rules) && call.content) {
    try {
      Object.assign(facts, contentFacts(call.content.asked(args, asking), rules));
    } catch {
      // Fails closed: no content rather than content that was not redacted.
    }
  }
  return facts;
}

/** In a scope of its own: a closure in the call's would keep its arguments alive, and with them the stream. */
function addresseeOf({ adapter, client }: Watched): () => Partial<Facts> {
  return () => endpoint(adapter.baseUrl(client));
}

export function contentRules(options: WatchOptions): ContentRules {
  const capture = options.captureContent ?? state.options.captureContent ?? capturesContent();
  const outline = !capture && state.options.dialects?.includes('tracekit') === true;
  return { capture, redact: state.options.redact, ...(outline && { outline }) };
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
