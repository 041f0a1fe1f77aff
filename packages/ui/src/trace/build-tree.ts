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
  /** Place on the page, from the top, when nothing is folded. */
  order: number;
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
 * Of the beginning of a trace nothing is summed up, and what waits for its parent is left out. No recursion, as a chain of 10,000 spans is a legal trace. O(n log n) for the sorting.
 */
export function buildTree(spans: readonly Span[], isBeginning = false): SpanTree {
  const all = spans.map(toNode);
  const bySpanId = new Map<string, SpanNode>();
  for (const node of all) if (!bySpanId.has(node.span.spanId)) bySpanId.set(node.span.spanId, node);

  const roots: SpanNode[] = [];
  const detached: SpanNode[] = [];
  // In this order, so that children need no sorting of their own. The server answers by start already.
  const inOrder = isInOrder(all) ? all : all.toSorted(byStart);
  for (const node of inOrder) {
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

  let nodes = walk([...roots, ...detached]);
  if (nodes.length < all.length) {
    const reached = new Set(nodes);
    for (const node of inOrder) {
      if (reached.has(node)) continue;
      cutCircle(node);
      detached.push(node);
      for (const below of walk([node])) reached.add(below);
    }
    detached.sort(byStart);
    nodes = walk([...roots, ...detached]);
  }
  if (isBeginning) return { roots, detached: [], nodes: walk(roots), bySpanId, total: emptySubtree() };
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
  return { span, index, parent: null, children: [], depth: 0, order: 0, detached: null, subtree: own };
}

/** Visits tops and all below them, parents first, setting depths and places. None of them may stand in a circle of parents. */
function walk(tops: readonly SpanNode[]): SpanNode[] {
  const nodes: SpanNode[] = [];
  const stack = tops.toReversed();
  for (let node = stack.pop(); node; node = stack.pop()) {
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    node.order = nodes.length;
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
  return nodes;
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
  // Most spans cost nothing, and adding big integers is slow.
  if (part.costNanos !== 0n) sum.costNanos += part.costNanos;
}

function emptySubtree(): Subtree {
  return { spans: 0, errors: 0, calls: 0, unpricedCalls: 0, inputTokens: 0, outputTokens: 0, costNanos: 0n };
}

function isInOrder(nodes: readonly SpanNode[]): boolean {
  return nodes.every((node, i) => i === 0 || nodes[i - 1]!.span.offsetMs <= node.span.offsetMs);
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.span.offsetMs - b.span.offsetMs || a.index - b.index;
}
