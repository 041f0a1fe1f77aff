/** W3C Trace Context, level 2: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. https://www.w3.org/TR/trace-context/ */
import { createTraceState, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

const SHAPE = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const TRACE_STATE_CHARS_MAX = 512;

/** The span that a caller says it has, or undefined where it says nothing that could be understood. */
export function readTraceParent(traceParent: unknown, traceState?: unknown): SpanContext | undefined {
  if (typeof traceParent !== 'string' || traceParent.length > TRACE_STATE_CHARS_MAX) return undefined;
  const [, version, traceId, spanId, flags, more] = SHAPE.exec(traceParent.trim()) ?? [];
  if (!traceId || !spanId || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  const sampled = Number.parseInt(flags!, 16) & TraceFlags.SAMPLED;
  const state = typeof traceState === 'string' ? traceState.trim() : '';
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(state !== '' && state.length <= TRACE_STATE_CHARS_MAX && { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}

export function writeTraceParent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}
