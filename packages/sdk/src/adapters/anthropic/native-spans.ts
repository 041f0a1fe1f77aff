import { context, INVALID_SPAN_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import { isInsideCall } from '../../inside.ts';

/**
 * The library makes spans of its own (scope `com.anthropic.sdk.typescript`, since 0.134, whenever a tracer provider is registered).
 * A call that we record shall not give a second one. Its other spans (lists, files, tool runs) are not ours and go on.
 */
const doubled = new Set([
  'anthropic.messages.create',
  'anthropic.messages.batches.create',
  'anthropic.messages.batches.retrieve',
  'anthropic.messages.batches.cancel',
  'anthropic.messages.batches.results',
]);

/** A client with its tracer: a plain property that the library reads anew for each call. */
interface Traced {
  _tracer?: Tracer | undefined;
}

export function silence(client: object, silenced: () => boolean): (() => void) | undefined {
  const traced = client as Traced;
  const tracer = traced._tracer;
  if (typeof tracer?.startSpan !== 'function') return undefined;
  const quiet = quieted(tracer, silenced);
  traced._tracer = quiet;
  return () => {
    if (traced._tracer === quiet) traced._tracer = tracer;
  };
}

function quieted(tracer: Tracer, silenced: () => boolean): Tracer {
  const startSpan: Tracer['startSpan'] = (name, ...rest) =>
    doubled.has(name) && silenced() ? inPlaceOf() : tracer.startSpan(name, ...rest);
  return new Proxy(tracer, {
    get(target, property) {
      if (property === 'startSpan') return startSpan;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/**
 * Ours, in the place of the library's: it records nothing, and the `traceparent` that the library sends names it. Before our call
 * has begun (stream helpers start their span early) there is none yet: an invalid one makes the library ask again inside.
 */
function inPlaceOf() {
  const ours = isInsideCall() ? trace.getSpanContext(context.active()) : undefined;
  return trace.wrapSpanContext(ours ?? INVALID_SPAN_CONTEXT);
}
