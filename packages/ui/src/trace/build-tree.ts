import type { Span } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';

/** What a span and everything below it used. Only billable spans count, so a parent never adds what its children report. */
export interface Subtree {
  spans: number;
  errors: number;
  calls: number;
  unpricedCalls: number;
  inputTokens: number;
  outputTokens: number;
  costNanos: bigint;
}

export interface SpanNode {
  span: Span;
  /** Place in the answer. Span ids may repeat in what others send, so this is the key. */
  index: number;
  parent: SpanNode | null;
  children: SpanNode[];
  depth: number;
  /** Why it stands at the top although it names a parent: that was not received, or the parents go round in a circle. */
  detached: 'parent-missing' | 'cycle' | null;
  subtree: Subtree;
}

export interface SpanTree {
  /** Spans without a parent, by start. */
  roots: SpanNode[];
  /** Spans whose parent is not here, by start. */
  detached: SpanNode[];
  /** Every span once, parents before children, in the order of the page. */
  nodes: SpanNode[];
  bySpanId: ReadonlyMap<string, SpanNode>;
  total: Subtree;
}

/**
 * The tree of one trace. Takes whatever spans came: any order, missing parents, circles, repeated ids.
 * No recursion, as a chain of 10,000 spans is a legal trace. O(n log n) for the sorting.
 */
export function buildTree(spans: readonly Span[]): SpanTree {
  const all = spans.map(toNode);
  const bySpanId = new Map<string, SpanNode>();
  for (const node of all) if (!bySpanId.has(node.span.spanId)) bySpanId.set(node.span.spanId, node);

  const roots: SpanNode[] = [];
  const detached: SpanNode[] = [];
  for (const node of all) {
    const parentId = node.span.parentSpanId;
    if (!parentId) {
      roots.push(node);
      continue;
    }
    const parent = bySpanId.get(parentId);
    if (parent && parent !== node) {
      node.parent = parent;
      parent.children.push(node);
    } else {
      node.detached = parent ? 'cycle' : 'parent-missing';
      detached.push(node);
    }
  }
  for (const node of all) node.children.sort(byStart);
  roots.sort(byStart);

  const reached = new Set<SpanNode>();
  for (const top of [...roots, ...detached]) walk(top, reached);
  for (const node of [...all].sort(byStart)) {
    if (reached.has(node)) continue;
    cutCircle(node);
    detached.push(node);
    walk(node, reached);
  }
  detached.sort(byStart);

  const nodes: SpanNode[] = [];
  const ordered = new Set<SpanNode>();
  for (const top of [...roots, ...detached]) for (const node of walk(top, ordered)) nodes.push(node);
  sumUp(nodes);
  const total = emptySubtree();
  for (const top of [...roots, ...detached]) add(total, top.subtree);
  return { roots, detached, nodes, bySpanId, total };
}

/** Where the span ends, in milliseconds from the trace's start. */
export function endMs(span: Span): number {
  return span.offsetMs + span.durationMs;
}

function toNode(span: Span, index: number): SpanNode {
  const own = emptySubtree();
  own.spans = 1;
  own.errors = span.status === 'error' ? 1 : 0;
  if (span.billable) {
    own.calls = 1;
    own.inputTokens = span.inputTokens ?? 0;
    own.outputTokens = span.outputTokens ?? 0;
    // Without any cost it failed before it used a token, which nobody bills.
    if (span.cost?.costUsd != null) own.costNanos = nanosFromUsd(span.cost.costUsd);
    else if (span.cost !== null) own.unpricedCalls = 1;
  }
  return { span, index, parent: null, children: [], depth: 0, detached: null, subtree: own };
}

/** Visits a top and all below it, parents first, setting depths. */
function walk(top: SpanNode, seen: Set<SpanNode>): SpanNode[] {
  const order: SpanNode[] = [];
  const stack = [top];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    order.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
  return order;
}

function cutCircle(node: SpanNode): void {
  const siblings = node.parent?.children;
  siblings?.splice(siblings.indexOf(node), 1);
  node.parent = null;
  node.detached = 'cycle';
}

function sumUp(parentsFirst: readonly SpanNode[]): void {
  for (let i = parentsFirst.length - 1; i >= 0; i--) {
    const node = parentsFirst[i]!;
    if (node.parent) add(node.parent.subtree, node.subtree);
  }
}

function add(sum: Subtree, part: Subtree): void {
  sum.spans += part.spans;
  sum.errors += part.errors;
  sum.calls += part.calls;
  sum.unpricedCalls += part.unpricedCalls;
  sum.inputTokens += part.inputTokens;
  sum.outputTokens += part.outputTokens;
  sum.costNanos += part.costNanos;
}

function emptySubtree(): Subtree {
  return { spans: 0, errors: 0, calls: 0, unpricedCalls: 0, inputTokens: 0, outputTokens: 0, costNanos: 0n };
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.span.offsetMs - b.span.offsetMs || a.index - b.index;
}
