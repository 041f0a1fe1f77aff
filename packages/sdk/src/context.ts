import { context, isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api';
import type { Identity } from '@tallyspan/facts';
import { type Frame, state } from './state.ts';

const NOBODY: Identity = {};

export function currentIdentity(): Identity {
  return state.frames.getStore()?.identity ?? NOBODY;
}

/**
 * The innermost span. When the application has an OpenTelemetry context manager, its active span is innermost, ours included, since
 * we show ours to it; without one, our own frame knows.
 */
export function currentSpan(): SpanContext | undefined {
  const active = trace.getSpanContext(context.active());
  return active && isSpanContextValid(active) ? active : state.frames.getStore()?.span;
}

/** Runs `fn` with this frame, and shows the frame's span to OpenTelemetry, so that other libraries' spans nest under it. */
export function runIn<Result>(frame: Frame, fn: () => Result): Result {
  const { span } = frame;
  return state.frames.run(frame, () =>
    span ? context.with(trace.setSpanContext(context.active(), span), fn) : fn(),
  );
}
