import type { SpanContext } from '@opentelemetry/api';
import type { Begun } from './begin.ts';
import { currentSpan } from './context.ts';

/** Spans of tools that are open, by what they show to those inside. */
const open = new WeakMap<SpanContext, Begun>();

export function openTool(span: SpanContext, begun: Begun): void {
  open.set(span, begun);
}

/** The tool whose span is the innermost one here, so that a call made now is that tool's own work. */
export function currentTool(): Begun | undefined {
  const span = currentSpan();
  const begun = span && open.get(span);
  return begun && !begun.ended ? begun : undefined;
}
