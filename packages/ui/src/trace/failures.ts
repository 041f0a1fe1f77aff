import type { Span } from '@tallyspan/server';
import type { SpanNode, SpanTree } from './build-tree.ts';

export interface Failures {
  /** Every span that failed, in the order of the tree. */
  all: SpanNode[];
  /** The deepest span on the way from the trace's own failure down; null when nothing failed. */
  cause: SpanNode | null;
  /** Whether a top of the trace failed too; otherwise somebody dealt with it. */
  fatal: boolean;
}

/**
 * What failed and why. A failure travels up: of a failing span's failing children the one that ended last is what it failed by, and
 * so on down. When no top failed, the first failure that has none below it is the one to look at.
 */
export function failuresOf(tree: SpanTree): Failures {
  const all = tree.nodes.filter(failed);
  const top = [...tree.roots, ...tree.detached].find(failed);
  if (top) return { all, cause: deepest(top), fatal: true };
  return { all, cause: all.find((node) => !node.children.some(failed)) ?? null, fatal: false };
}

/** `429 slow down`, `RateLimitError`, `RateLimitError: 429 slow down`: the class only where the message does not say it. */
export function failureText({ errorType, statusMessage }: Span): string {
  const said = errorType !== null && statusMessage?.includes(errorType);
  return (said ? [statusMessage] : [errorType, statusMessage]).filter(Boolean).join(': ');
}

function deepest(top: SpanNode): SpanNode {
  let at = top;
  for (;;) {
    const last = at.children
      .filter(failed)
      .reduce<SpanNode | null>((best, node) => (best === null || end(node) >= end(best) ? node : best), null);
    if (!last) return at;
    at = last;
  }
}

function failed(node: SpanNode): boolean {
  return node.span.status === 'error';
}

function end({ span }: SpanNode): number {
  return span.offsetMs + span.durationMs;
}
