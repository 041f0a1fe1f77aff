import { context, isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api';
import type { Identity } from '@tallyspan/facts';
import { type Frame, state } from './state.ts';

const NOBODY: Identity = {};

export function currentIdentity(): Identity {
  return state.frames.getStore()?.identity ?? NOBODY;
}

export function currentFrame(): Frame | undefined {
  const frame = state.frames.getStore();
  const span = currentSpan();
  return span === frame?.span ? frame : { ...frame, identity: frame?.identity ?? NOBODY, span };
}

/** Takes a framework's call, if one is around us, as ours. */
export function claimCall(): void {
  const claim = state.frames.getStore()?.claim;
  if (claim) claim.owned = true;
}

/**
 * The innermost span. When the application has an OpenTelemetry context manager, its active span is innermost, ours included, since
 * we show ours to it; without one, our own frame knows.
 */
export function currentSpan(): SpanContext | undefined {
  const active = hasContextManager() ? trace.getSpanContext(context.active()) : undefined;
  return active && isSpanContextValid(active) ? active : state.frames.getStore()?.span;
}

/** Runs `fn` with this frame, and shows the frame's span to OpenTelemetry, so that other libraries' spans nest under it. */
export function runIn<Result>(frame: Frame, fn: () => Result): Result {
  const { span } = frame;
  if (!span || !hasContextManager()) return state.frames.run(frame, fn);
  return state.frames.run(frame, () => context.with(trace.setSpanContext(context.active(), span), fn));
}

/**
 * Runs a model call. Below it there are only spans of other libraries (the HTTP request), and only a context manager shows ours to
 * them: without one the frame would be seen by nobody and cost six microseconds on Node 24, more than all of the span's facts.
 */
export function runCall<Result>(frame: Frame, fn: () => Result): Result {
  return hasContextManager() ? runIn(frame, fn) : fn();
}

/** Where every copy of the OpenTelemetry API keeps what was registered (`@opentelemetry/api` 1.x, internal/global-utils). */
const API = Symbol.for('opentelemetry.js.api.1');

/** Without a context manager nobody would see the span; asking costs a hundredth of making the context. */
function hasContextManager(): boolean {
  return (globalThis as { [API]?: { context?: unknown } })[API]?.context !== undefined;
}
