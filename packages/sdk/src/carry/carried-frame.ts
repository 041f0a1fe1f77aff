import type { Frame } from '../state.ts';
import { EVERYTHING, readBaggage } from './carried-identity.ts';
import { readTraceParent } from './trace-parent.ts';

/**
 * Says that the variables beside it were written for this process. Without it they are left alone: a build server may set
 * `TRACEPARENT` for everything it starts, and a service that runs for weeks must not put all of that into one trace.
 */
export const MARK = 'TALLYSPAN_CARRIED';

/** Where the process was started from, for a process that was started with `carryEnvironment()`. Never throws. */
export function carriedFrame(env: Record<string, string | undefined>): Frame | undefined {
  if (env[MARK] !== '1') return undefined;
  const span = readTraceParent(env.TRACEPARENT, env.TRACESTATE);
  const identity = readBaggage(env.BAGGAGE, EVERYTHING);
  return span || Object.keys(identity).length > 0 ? { identity, span } : undefined;
}
