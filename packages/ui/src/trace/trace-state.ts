import type { TraceSummary } from '@tallyspan/server';
import { millisFromIso } from '../format/time.ts';

export type TraceState = 'ok' | 'error' | 'running' | 'partial';

/** A trace without its root is running while spans still come, and partial once none came for this long. */
const SILENCE_MS = 10 * 60_000;

export function stateOf(
  trace: Pick<TraceSummary, 'rootArrived' | 'status' | 'start' | 'durationMs'>,
  nowMs: number,
): TraceState {
  if (trace.rootArrived) return trace.status;
  const lastSign = millisFromIso(trace.start) + trace.durationMs;
  if (nowMs - lastSign < SILENCE_MS) return 'running';
  return trace.status === 'error' ? 'error' : 'partial';
}
