import { currentIdentity, currentSpan } from '../context.ts';
import { MARK } from './carried-frame.ts';
import { writeBaggage } from './carried-identity.ts';
import { writeTraceParent } from './trace-parent.ts';

/**
 * Environment variables with which a process continues where we are: its spans are in this trace and carry this identity, by
 * themselves. For child processes and for worker threads. What an OpenTelemetry SDK reads of them (`TRACEPARENT`, `TRACESTATE`,
 * `BAGGAGE`) has the shape of the specification "Environment Variables as Context Propagation Carriers".
 *
 * @example
 * spawn('node', ['job.js'], { env: { ...process.env, ...carryEnvironment() } });
 * new Worker('./job.js', { env: { ...process.env, ...carryEnvironment() } });
 */
export function carryEnvironment(): Record<string, string> {
  const span = currentSpan();
  const state = span?.traceState?.serialize();
  const baggage = writeBaggage(currentIdentity(), process.env.BAGGAGE);
  return {
    [MARK]: '1',
    ...(span && { TRACEPARENT: writeTraceParent(span) }),
    // Those of the process around us belong to another span.
    ...(span && (state || process.env.TRACESTATE) && { TRACESTATE: state ?? '' }),
    ...(baggage && { BAGGAGE: baggage }),
  };
}
