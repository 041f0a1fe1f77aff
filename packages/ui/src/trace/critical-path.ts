import { endMs, type SpanNode, type SpanTree } from './build-tree.ts';
import { classify, type SpanClass } from './classify.ts';

/** A stretch of the path in which this span itself was what everything waited for, not one of its children. */
export interface PathSegment {
  node: SpanNode;
  fromMs: number;
  toMs: number;
}

export interface CriticalPath {
  /** By time. They do not overlap; with {@link idleMs} they add up to {@link totalMs}. */
  segments: PathSegment[];
  /** Every span on the path, also those that only waited for what is below them. */
  nodes: ReadonlySet<SpanNode>;
  /** How long each span itself held up the end. */
  selfMs: ReadonlyMap<SpanNode, number>;
  /** The same by kind, longest first: where the time went. */
  byClass: { kind: SpanClass; ms: number; spans: number }[];
  /** Time in which no span of the path ran. */
  idleMs: number;
  totalMs: number;
}

/** Clocks of two processes differ by more, but this much happens within one. */
const SLACK_MS = 0.001;

interface Visit {
  node: SpanNode;
  cursor: number;
  /** Children that ended, latest first, and which of them is looked at next. */
  children: SpanNode[];
  next: number;
}

/**
 * The chain of spans that determines when the trace ended. From the end backwards: of a span's children the last one that ended
 * before the moment in question is what the span waited for; before that one started, the last that had ended by then; what lies
 * between is the span's own time. A child that ran beside the chosen one held up nothing.
 * The method is that of CRISP (Zhang et al., USENIX ATC 2022, §3). Children that outlive their parent count to their own end.
 * No recursion: a chain of 10,000 spans is a legal trace.
 */
export function criticalPath(tree: SpanTree): CriticalPath {
  const ends = subtreeEnds(tree);
  const endOf = (node: SpanNode) => ends.get(node)!;
  const tops = [...tree.roots, ...tree.detached];
  const segments: PathSegment[] = [];
  const nodes = new Set<SpanNode>();
  let totalEnd = 0;
  for (const top of tops) totalEnd = Math.max(totalEnd, endOf(top));
  const start = tree.nodes.reduce((least, node) => Math.min(least, node.span.offsetMs), tops.length > 0 ? Infinity : 0);

  // Each stretch lies before the one found last, so that clocks that disagree cannot count a moment twice.
  let before = totalEnd;
  const add = (node: SpanNode, fromMs: number, toMs: number) => {
    const from = Math.max(fromMs, node.span.offsetMs);
    const to = Math.min(toMs, endMs(node.span), before);
    if (to - from <= 0) return;
    segments.push({ node, fromMs: from, toMs: to });
    before = from;
  };
  const latestFirst = (some: readonly SpanNode[]) => some.toSorted((a, b) => endOf(b) - endOf(a) || b.index - a.index);

  let topCursor = totalEnd;
  for (const top of latestFirst(tops)) {
    if (endOf(top) > topCursor + SLACK_MS) continue;
    const stack: Visit[] = [];
    const enter = (node: SpanNode) => {
      nodes.add(node);
      stack.push({ node, cursor: endOf(node), children: latestFirst(node.children), next: 0 });
    };
    enter(top);
    for (let visit = stack.at(-1); visit; visit = stack.at(-1)) {
      const child = visit.children[visit.next++];
      if (!child) {
        add(visit.node, visit.node.span.offsetMs, visit.cursor);
        stack.pop();
        continue;
      }
      // It was still running when the chosen one began, so that one did not wait for it.
      if (endOf(child) > visit.cursor + SLACK_MS) continue;
      add(visit.node, endOf(child), visit.cursor);
      visit.cursor = Math.min(visit.cursor, Math.max(child.span.offsetMs, visit.node.span.offsetMs));
      enter(child);
    }
    topCursor = Math.min(topCursor, top.span.offsetMs);
  }
  segments.reverse();
  return summed(segments, nodes, Math.max(0, totalEnd - start));
}

/** Where each span and all below it has ended. */
function subtreeEnds(tree: SpanTree): Map<SpanNode, number> {
  const ends = new Map<SpanNode, number>();
  for (let i = tree.nodes.length - 1; i >= 0; i--) {
    const node = tree.nodes[i]!;
    const end = Math.max(ends.get(node) ?? -Infinity, Math.max(node.span.offsetMs, endMs(node.span)));
    ends.set(node, end);
    if (node.parent) ends.set(node.parent, Math.max(ends.get(node.parent) ?? -Infinity, end));
  }
  return ends;
}

function summed(segments: PathSegment[], nodes: ReadonlySet<SpanNode>, totalMs: number): CriticalPath {
  const selfMs = new Map<SpanNode, number>();
  for (const { node, fromMs, toMs } of segments) selfMs.set(node, (selfMs.get(node) ?? 0) + toMs - fromMs);
  const kinds = new Map<SpanClass, { kind: SpanClass; ms: number; spans: number }>();
  let busy = 0;
  for (const [node, ms] of selfMs) {
    const kind = classify(node.span);
    const sum = kinds.get(kind) ?? { kind, ms: 0, spans: 0 };
    sum.ms += ms;
    sum.spans++;
    kinds.set(kind, sum);
    busy += ms;
  }
  return {
    segments,
    nodes,
    selfMs,
    byClass: [...kinds.values()].sort((a, b) => b.ms - a.ms),
    idleMs: Math.max(0, totalMs - busy),
    totalMs,
  };
}
