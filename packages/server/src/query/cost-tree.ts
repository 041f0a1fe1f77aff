import { addTotals, type CostRow, type Dimension, noTotals, type Totals as StoredTotals } from '@tallyspan/store';
import type { CostNode } from '../api.ts';
import { presentTotals } from './present.ts';

/**
 * Flat rows nested in the order of their dimensions; each node is the sum of its children, so a level always adds up.
 *
 *   by agent, model:                         crew    3 calls  $0.03
 *   ['crew', 'gpt-4o']  2 calls  $0.02   →   ├ gpt-4o  2 calls  $0.02
 *   ['crew', 'o3']      1 call   $0.01       └ o3      1 call   $0.01
 */
export function costTree(by: readonly Dimension[], rows: readonly CostRow[]): CostNode[] {
  const root = newNode('', null);
  for (const row of rows) {
    let node = root;
    for (const [level, dimension] of by.entries()) {
      const value = row.key[level] ?? null;
      // One character before the text, so that a model called "null" is not an absent one.
      const key = value === null ? '' : `=${value}`;
      let child = node.children.get(key);
      if (child === undefined) node.children.set(key, (child = newNode(dimension, value)));
      addTotals(child.totals, row);
      node = child;
    }
  }
  return presentChildren(root);
}

interface Node {
  dimension: string;
  value: string | null;
  totals: StoredTotals;
  children: Map<string, Node>;
}

function newNode(dimension: string, value: string | null): Node {
  return { dimension, value, totals: noTotals(), children: new Map() };
}

/** Dearest first; what costs the same, or nothing, by calls and then by name. */
function presentChildren(node: Node): CostNode[] {
  return [...node.children.values()].sort(compare).map((child) => ({
    dimension: child.dimension,
    value: child.value,
    ...presentTotals(child.totals),
    children: presentChildren(child),
  }));
}

function compare(a: Node, b: Node): number {
  if (a.totals.costNanos !== b.totals.costNanos) return a.totals.costNanos > b.totals.costNanos ? -1 : 1;
  if (a.totals.calls !== b.totals.calls) return b.totals.calls - a.totals.calls;
  return (a.value ?? '') < (b.value ?? '') ? -1 : 1;
}
