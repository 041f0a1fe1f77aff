import type { Span } from '@tallyspan/server';
import type { SpanNode, SpanTree } from './build-tree.ts';

/** One line of the trace: a span, or the note above the spans that lost their parent. */
export type Row =
  | { type: 'span'; node: SpanNode; position: number; siblings: number }
  | { type: 'note'; count: number };

/** The lines to draw, given which spans are folded. With a search, only matches and what leads to them, unfolded. */
export function visibleRows(tree: SpanTree, folded: ReadonlySet<string>, search = ''): Row[] {
  const matches = search ? matchingWithAncestors(tree, search) : null;
  const rows: Row[] = [];
  append(rows, tree.roots, folded, matches);
  const detached = matches ? tree.detached.filter((node) => matches.has(node)) : tree.detached;
  if (detached.length) {
    rows.push({ type: 'note', count: detached.length });
    append(rows, detached, folded, matches);
  }
  return rows;
}

/** Whether the span shows the text in its name, model, provider, agent, role, tool or error; case does not matter. */
export function matchesSearch(span: Span, search: string): boolean {
  const wanted = search.toLowerCase();
  const texts = [
    span.name,
    span.model,
    span.provider,
    span.agent,
    span.role,
    span.tool,
    span.errorType,
    span.statusMessage,
  ];
  return texts.some((text) => text?.toLowerCase().includes(wanted)) || span.spanId.startsWith(wanted);
}

function append(
  rows: Row[],
  tops: readonly SpanNode[],
  folded: ReadonlySet<string>,
  kept: ReadonlySet<SpanNode> | null,
): void {
  const stack: Row[] = [];
  const push = (nodes: readonly SpanNode[]) => {
    const shown = kept ? nodes.filter((node) => kept.has(node)) : nodes;
    for (let i = shown.length - 1; i >= 0; i--) {
      stack.push({ type: 'span', node: shown[i]!, position: i + 1, siblings: shown.length });
    }
  };
  push(tops);
  for (let row = stack.pop(); row; row = stack.pop()) {
    rows.push(row);
    if (row.type === 'span' && (kept || !folded.has(row.node.span.spanId))) push(row.node.children);
  }
}

function matchingWithAncestors(tree: SpanTree, search: string): Set<SpanNode> {
  const kept = new Set<SpanNode>();
  for (const node of tree.nodes) {
    if (!matchesSearch(node.span, search)) continue;
    for (let at: SpanNode | null = node; at && !kept.has(at); at = at.parent) kept.add(at);
  }
  return kept;
}
