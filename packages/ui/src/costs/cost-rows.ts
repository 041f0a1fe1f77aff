import type { CostNode } from '@tallyspan/server';

/** Children shown of one node at first; a pivot by user may have thousands. */
export const CHILDREN_SHOWN = 100;

export type CostRow =
  | {
      type: 'node';
      key: string;
      path: readonly (string | null)[];
      node: CostNode;
      level: number;
      position: number;
      siblings: number;
    }
  | { type: 'more'; key: string; level: number; hidden: number };

/** Name of a row for folding and unfolding: values may hold any character, so they are encoded. */
export function keyOf(path: readonly (string | null)[]): string {
  return JSON.stringify(path);
}

/** What a line is called: a run by its number, and what the spans do not say by what is missing. */
export function labelOf({ dimension, value }: Pick<CostNode, 'dimension' | 'value'>): string {
  if (value === null) return `no ${dimension}`;
  return dimension === 'run' && /^\d+$/.test(value) ? `run #${value}` : value;
}

/** The lines to draw, parents before children. `unfolded` and `whole` hold keys: which nodes are open, and which show all children. */
export function costRows(
  tree: readonly CostNode[],
  unfolded: ReadonlySet<string>,
  whole: ReadonlySet<string>,
): CostRow[] {
  const rows: CostRow[] = [];
  const append = (nodes: readonly CostNode[], above: readonly (string | null)[]) => {
    const parentKey = keyOf(above);
    const shown = whole.has(parentKey) ? nodes : nodes.slice(0, CHILDREN_SHOWN);
    for (const [i, node] of shown.entries()) {
      const path = [...above, node.value];
      const key = keyOf(path);
      rows.push({ type: 'node', key, path, node, level: path.length, position: i + 1, siblings: nodes.length });
      if (unfolded.has(key)) append(node.children, path);
    }
    if (nodes.length > shown.length) {
      rows.push({ type: 'more', key: parentKey, level: above.length + 1, hidden: nodes.length - shown.length });
    }
  };
  append(tree, []);
  return rows;
}

/** Keys of all nodes that have children, down to a level (1 is the top). */
export function keysToLevel(tree: readonly CostNode[], level: number): string[] {
  const keys: string[] = [];
  const visit = (nodes: readonly CostNode[], above: readonly (string | null)[]) => {
    for (const node of nodes) {
      if (node.children.length === 0) continue;
      const path = [...above, node.value];
      keys.push(keyOf(path));
      if (path.length < level) visit(node.children, path);
    }
  };
  if (level > 0) visit(tree, []);
  return keys;
}

/** Lines that a table opens with: what fits on a screen without scrolling far. */
const LINES_AT_FIRST = 40;

/** Keys of the nodes that are open at first: level by level, the dearest before the others, as long as all lines stay few. */
export function keysAtFirst(tree: readonly CostNode[]): string[] {
  const keys: string[] = [];
  let lines = tree.length;
  let level = tree.map((node) => ({ node, path: [node.value] as (string | null)[] }));
  while (level.length > 0) {
    const below: typeof level = [];
    for (const { node, path } of level) {
      if (node.children.length === 0 || lines + node.children.length > LINES_AT_FIRST) continue;
      lines += node.children.length;
      keys.push(keyOf(path));
      below.push(...node.children.map((child) => ({ node: child, path: [...path, child.value] })));
    }
    level = below;
  }
  return keys;
}
