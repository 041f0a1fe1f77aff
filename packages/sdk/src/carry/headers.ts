import { context, propagation, type SpanContext, trace } from '@opentelemetry/api';
import { currentIdentity, currentSpan, runIn } from '../context.ts';
import type { Frame } from '../state.ts';
import { type CarriedFact, carriedIdentity, readBaggage, writeBaggage } from './carried-identity.ts';
import { frameOf } from './carrier.ts';
import { readTraceParent, writeTraceParent } from './trace-parent.ts';

export interface OutgoingOptions {
  /** Also the user's id, which tells of a person. Default false. */
  personal?: boolean;
}

export interface IncomingOptions {
  /**
   * Which claims of the caller are believed: `tenant`, `userId`, `spiffeId`. Default: none, as anybody can write a header. Name them
   * only where the caller has been authenticated.
   */
  trust?: readonly ('tenant' | 'userId' | 'spiffeId')[];
}

/** Headers as `fetch`, `node:http`, Express and Hono have them. */
export type IncomingHeaders = Pick<Headers, 'get'> | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Headers by which another service continues where we are: `traceparent`, `tracestate`, and `baggage` with the identity. Also what
 * the application's own OpenTelemetry propagator writes, when it has registered one (B3, for example); the global one is only read.
 *
 * @example
 * await fetch(url, { headers: { ...outgoingHeaders(), 'content-type': 'application/json' }, … });
 */
export function outgoingHeaders({ personal = false }: OutgoingOptions = {}): Record<string, string> {
  const headers: Record<string, string> = {};
  try {
    const span = currentSpan();
    const active = context.active();
    propagation.inject(span ? trace.setSpanContext(active, span) : active, headers);
    const state = span?.traceState?.serialize();
    if (span) headers['traceparent'] = writeTraceParent(span);
    if (state) headers['tracestate'] = state;
    const baggage = writeBaggage(carriedIdentity(currentIdentity(), personal), headers['baggage']);
    if (baggage) headers['baggage'] = baggage;
  } catch {
    // The request goes out without them.
  }
  return headers;
}

/**
 * Runs `fn` where the caller of a service says it is: in its trace, and with its agent, role, run and session. Answers what `fn`
 * answers. Headers are hostile: they are read up to the limits of W3C Baggage, only names of ours, only short texts without control
 * characters; and claims of who pays or who somebody is only with `trust`.
 *
 * @example
 * app.post('/answer', (request, reply) => fromHeaders(request.headers, () => answer(request.body)));
 */
export function fromHeaders<Result>(
  headers: IncomingHeaders,
  fn: () => Result,
  { trust = [] }: IncomingOptions = {},
): Result {
  let frame: Frame;
  try {
    const get = getter(headers);
    frame = frameOf(callerOf(get), readBaggage(get('baggage'), new Set<CarriedFact>(trust)));
  } catch {
    return fn();
  }
  return runIn(frame, fn);
}

type Get = (name: string) => string | undefined;

function getter(headers: IncomingHeaders): Get {
  const given = headers as Pick<Headers, 'get'> & Record<string, string | readonly string[] | undefined>;
  if (typeof given.get === 'function') return (name) => given.get(name) ?? undefined;
  const lower = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => {
    const value = lower.get(name);
    return typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : undefined;
  };
}

/**
 * The caller's span, as the application's registered propagator reads it, else from `traceparent`. Where an HTTP instrumentation has made
 * a span for this request, which is in the caller's trace, it is that one: it stands between.
 */
function callerOf(get: Get): SpanContext | undefined {
  const active = context.active();
  const read = propagation.extract(active, get, { get: (from, name) => from(name), keys: () => propagation.fields() });
  const told = read === active ? undefined : trace.getSpanContext(read);
  const caller = told ?? readTraceParent(get('traceparent'), get('tracestate'));
  const here = trace.getSpanContext(active);
  return here && here.traceId === caller?.traceId ? here : caller;
}
