import { context, isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api';
import { type Identity, limits } from '@tallyspan/facts';
import { claimOpenCall } from './owners.ts';
import { environment, type Frame, state } from './state.ts';

const NOBODY: Identity = {};

/**
 * The innermost frame. Frameworks with an async context of their own (LangChain, OpenAI Agents) cannot be made to run their work in
 * ours, but can be asked where they are: what they say counts when it lies inside of our own frame. Outside of all, it is where the
 * process was started from.
 */
export function innermostFrame(): Frame | undefined {
  let frame = state.frames.getStore() ?? environment().carried;
  for (const ambient of state.ambients) {
    const other = ambient();
    if (other && (!frame || isInside(other, frame))) frame = other;
  }
  return frame;
}

export function isInside(frame: Frame, outer: Frame): boolean {
  for (let at = frame.around; at; at = at.around) if (at === outer) return true;
  return false;
}

/** What a new frame has of those around it. Bounded: each turn of an endless agent may be made inside the one before. */
export function within(around: Frame | undefined): Pick<Frame, 'around' | 'depth' | 'task' | 'invoked' | 'budget'> {
  const depth = around ? (around.depth ?? 0) + 1 : 0;
  const task = around?.task;
  const invoked = around?.invoked;
  const budget = around?.budget;
  return depth > limits.frameDepthMax ? { task, invoked, budget } : { around, depth, task, invoked, budget };
}

export function currentIdentity(): Identity {
  return innermostFrame()?.identity ?? NOBODY;
}

export function currentFrame(): Frame | undefined {
  const frame = innermostFrame();
  const span = currentSpan();
  if (span === frame?.span) return frame;
  return { identity: frame?.identity ?? NOBODY, span, claim: frame?.claim, ...within(frame) };
}

/** Takes a framework's call of this model, if one is around us, as ours. */
export function claimCall(model?: string): void {
  const frame = innermostFrame();
  if (frame?.claim) frame.claim.owned = true;
  else claimOpenCall(frame, model);
}

/**
 * The innermost span. When the application has an OpenTelemetry context manager, its active span is innermost, ours included, since
 * we show ours to it; without one, our own frame knows. A framework's frame is not shown: there the span that was active when the
 * frame was made is outside.
 */
export function currentSpan(): SpanContext | undefined {
  const frame = innermostFrame();
  const active = activeSpan();
  return active && active.spanId !== frame?.over ? active : (frame?.span ?? active);
}

/** The active span of OpenTelemetry's context, where the application has one. */
export function activeSpan(): SpanContext | undefined {
  const active = hasContextManager() ? trace.getSpanContext(context.active()) : undefined;
  return active && isSpanContextValid(active) ? active : undefined;
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
