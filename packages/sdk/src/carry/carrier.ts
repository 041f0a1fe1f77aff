import type { SpanContext } from '@opentelemetry/api';
import type { Identity } from '@tallyspan/facts';
import { asAgent } from '../agent.ts';
import { currentIdentity, currentSpan, innermostFrame, runIn, within } from '../context.ts';
import { fields } from '../read.ts';
import type { Frame } from '../state.ts';
import { carriedIdentity, soundIdentity } from './carried-identity.ts';
import { readTraceParent, writeTraceParent } from './trace-parent.ts';

/** Where a piece of work belongs, as plain data: it can be posted to a worker thread, or put into a queue as JSON. */
export interface Carrier {
  /** W3C Trace Context. Absent outside of any span. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Who works, and for whom. */
  readonly identity: Readonly<Identity>;
}

/**
 * Where we are, to be continued elsewhere with {@link inherit}: for worker threads, which begin with an empty context, and for
 * queues. Holds the user and the session too, as it stays with your program; for other services there is {@link outgoingHeaders}.
 *
 * @example
 * worker.postMessage({ job, from: carry() });
 * // in the worker
 * parentPort.on('message', ({ job, from }) => inherit(from, () => work(job)));
 */
export function carry(): Carrier {
  const span = currentSpan();
  const state = span?.traceState?.serialize();
  return {
    ...(span && { traceparent: writeTraceParent(span) }),
    ...(state && { tracestate: state }),
    identity: carriedIdentity(currentIdentity(), true),
  };
}

/**
 * Runs `fn` where a {@link Carrier} came from: its spans are in that trace and carry that identity. Answers what `fn` answers. A
 * carrier that is none, or a part of it that is not sound, counts as absent; `fn` runs in any case.
 */
export function inherit<Result>(carrier: Carrier | undefined, fn: () => Result): Result {
  let frame: Frame;
  try {
    const { traceparent, tracestate, identity } = fields(carrier);
    frame = frameOf(readTraceParent(traceparent, tracestate), soundIdentity(identity));
  } catch {
    return fn();
  }
  return runIn(frame, fn);
}

/** What comes from elsewhere on top of where we are. */
export function frameOf(span: SpanContext | undefined, identity: Identity): Frame {
  const around = innermostFrame();
  return {
    ...around,
    identity: asAgent(around?.identity ?? {}, identity),
    span: span ?? around?.span,
    ...within(around),
  };
}
