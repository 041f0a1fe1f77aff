/** The answer of the cost API as a table with columns: the last dimension turned to the side. */
import type { CostNode, Costs, Totals } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';
import { keyOf } from './cost-rows.ts';
import { bucketMs } from './dimensions.ts';
import { sumTotals } from './sum-totals.ts';

/** More than these do not fit beside each other; the others are one column with their sum. */
export const COLUMNS_SHOWN = 12;
const BUCKETS_SHOWN = 24;

export interface PivotColumn {
  /** Values that it is of: one, or those of the others together. */
  values: readonly (string | null)[];
  total: Totals;
}

export interface PivotCells {
  /** The rows, without the last dimension. */
  tree: CostNode[];
  columns: PivotColumn[];
  /** What one row has in one column; undefined where there were no calls. */
  cell(path: readonly (string | null)[], column: PivotColumn): Totals | undefined;
}

export function pivotCells(costs: Costs): PivotCells {
  const dimension = costs.by.at(-1) ?? '';
  const depth = costs.by.length - 1;
  const found = new Map<string, Map<string | null, Totals>>();
  const whole = new Map<string | null, Totals[]>();

  const strip = (nodes: readonly CostNode[], above: readonly (string | null)[]): CostNode[] =>
    nodes.map((node) => {
      const path = [...above, node.value];
      const children = path.length === depth ? [] : strip(node.children, path);
      const parts =
        path.length === depth
          ? node.children.map(cellOf)
          : children.flatMap((child) => cellsOf([...path, child.value]));
      const cells = new Map<string | null, Totals>();
      for (const [value, totals] of parts)
        cells.set(value, cells.has(value) ? sumTotals([cells.get(value)!, totals]) : totals);
      found.set(keyOf(path), cells);
      return { ...node, children };
    });
  const cellsOf = (path: readonly (string | null)[]) => [...(found.get(keyOf(path)) ?? [])];

  const tree = strip(costs.tree, []);
  for (const node of tree)
    for (const [value, totals] of cellsOf([node.value])) whole.set(value, [...(whole.get(value) ?? []), totals]);
  const columns = arrange(
    dimension,
    [...whole].map(([value, parts]) => ({ values: [value], total: sumTotals(parts) })),
  );
  return {
    tree,
    columns,
    cell(path, column) {
      const cells = found.get(keyOf(path));
      const parts = column.values.flatMap((value) => cells?.get(value) ?? []);
      return parts.length <= 1 ? parts[0] : sumTotals(parts);
    },
  };
}

/** Hours and days as they follow, all others dearest first; what does not fit is one column. */
function arrange(dimension: string, columns: PivotColumn[]): PivotColumn[] {
  const isTime = bucketMs(dimension) !== undefined;
  const sorted = columns.toSorted((a, b) => (isTime ? compareText(a.values[0], b.values[0]) : compareCost(b, a)));
  const shown = isTime ? BUCKETS_SHOWN : COLUMNS_SHOWN;
  if (sorted.length <= shown) return sorted;
  const cut = isTime ? sorted.length - shown + 1 : shown - 1;
  const rest = isTime ? sorted.slice(0, cut) : sorted.slice(cut);
  const together = { values: rest.flatMap(({ values }) => values), total: sumTotals(rest.map(({ total }) => total)) };
  return isTime ? [together, ...sorted.slice(cut)] : [...sorted.slice(0, cut), together];
}

function cellOf(node: CostNode): [string | null, Totals] {
  return [node.value, node];
}

function compareText(a: string | null | undefined, b: string | null | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

function compareCost(a: PivotColumn, b: PivotColumn): number {
  const difference = nanosFromUsd(a.total.costUsd) - nanosFromUsd(b.total.costUsd);
  return difference < 0n ? -1 : difference > 0n ? 1 : a.total.calls - b.total.calls;
}
