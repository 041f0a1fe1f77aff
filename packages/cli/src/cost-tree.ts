import { nanosFromUsd, usdFromNanos } from '@tallyspan/facts';
import type { CostNode, Costs, Totals } from '@tallyspan/server';
import { dollars, grouped, money, plural, printable } from './words.ts';

/**
 * The cost tree as a person reads it in a terminal. Each line's dollars are exact, and each total is the sum of the lines above it.
 *
 *   Agent: content-crew (run #1)
 *   ├─ researcher
 *   │  └─ gpt-4o-2024-08-06: 1,204 in + 310 out → $0.00611
 *   └─ writer
 *      └─ claude-sonnet-4-20250514: 2,410 in + 1,950 out → $0.03648 (2 calls)
 *   Total: 3 calls, 3,614 in + 2,260 out → $0.04259
 */
export function renderCostTree(costs: Costs): string {
  if (costs.tree.length === 0) return 'No model calls yet.';
  const blocks = costs.tree.flatMap((node) => blocksOf(node, costs));
  const several = blocks.length > 1 && costs.by.length > 1;
  const texts = blocks.map(({ title, node }) => {
    if (node.children.length === 0) return `${title}: ${line(node)}`;
    return [title, ...branches(node.children, ''), ...(several ? [totalOf('Total', node)] : [])].join('\n');
  });
  return [...texts, ...restOf(costs), totalOf(several ? 'Grand total' : 'Total', costs.total)].join(
    several ? '\n\n' : '\n',
  );
}

interface Block {
  title: string;
  node: CostNode;
}

/** One block per agent, or per run where the runs come right below the agents. */
function blocksOf(node: CostNode, costs: Costs): Block[] {
  const title = `${capital(node.dimension)}: ${name(node)}`;
  if (node.dimension !== 'agent' || costs.by[1] !== 'run') return [{ title, node }];
  const runs = node.children.toSorted((a, b) => runNumber(a) - runNumber(b));
  return runs.map((run) => ({ title: `${title} (${run.value === null ? 'outside any run' : name(run)})`, node: run }));
}

/** The server names a run by its number among the runs of its agent, from 1. What is outside any comes last. */
function runNumber({ value }: CostNode): number {
  return value === null ? Infinity : Number(value);
}

function branches(nodes: readonly CostNode[], indent: string): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const head = `${indent}${last ? '└─' : '├─'} ${name(node)}`;
    if (node.children.length === 0) return [`${head}: ${line(node)}`];
    return [head, ...branches(node.children, `${indent}${last ? '  ' : '│ '} `)];
  });
}

function totalOf(label: string, totals: Totals): string {
  return `${label}: ${plural(totals.calls, 'call')}, ${figures(totals)}`;
}

function line(totals: Totals): string {
  return totals.calls === 1 ? figures(totals) : `${figures(totals)} (${plural(totals.calls, 'call')})`;
}

function figures(totals: Totals): string {
  return `${grouped(totals.inputTokens)} in + ${grouped(totals.outputTokens)} out → ${money(totals)}`;
}

/** One answer holds so many rows; what the others cost is the rest of the total. */
function restOf({ tree, total, truncated }: Costs): string[] {
  if (!truncated) return [];
  const shown = tree.reduce((sum, { costUsd }) => sum + nanosFromUsd(costUsd), 0n);
  return [`Further rows: → ${dollars(usdFromNanos(nanosFromUsd(total.costUsd) - shown))}`];
}

function name({ dimension, value }: CostNode): string {
  if (value === null || value === '') return `(no ${dimension})`;
  return dimension === 'run' ? `run #${printable(value)}` : printable(value);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
