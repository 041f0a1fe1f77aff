/** The pivot as text that a spreadsheet takes: tabs between cells, exact figures, nothing that it would run. */
import type { CostNode, Costs } from '@tallyspan/server';
import { labelOf } from './cost-rows.ts';
import { dimensionText } from './dimensions.ts';

const FIGURES = [
  ['Calls', 'calls'],
  ['Errors', 'errors'],
  ['Input tokens', 'inputTokens'],
  ['Cache read tokens', 'cacheReadTokens'],
  ['Cache write tokens', 'cacheWriteTokens'],
  ['Output tokens', 'outputTokens'],
  ['Reasoning tokens', 'reasoningTokens'],
  ['Unpriced calls', 'unpricedCalls'],
  ['USD', 'costUsd'],
] as const;

/** A line for each row of the last dimension, and one with the total. */
export function tableText({ by, tree, total }: Costs): string {
  const lines = [[...by.map(dimensionText), ...FIGURES.map(([name]) => name)]];
  const visit = (nodes: readonly CostNode[], above: readonly string[]) => {
    for (const node of nodes) {
      const path = [...above, labelOf(node)];
      if (node.children.length > 0) visit(node.children, path);
      else lines.push([...path, ...FIGURES.map(([, name]) => String(node[name]))]);
    }
  };
  visit(tree, []);
  lines.push(['Total', ...by.slice(1).map(() => ''), ...FIGURES.map(([, name]) => String(total[name]))]);
  return `${lines.map((cells) => cells.map(cellText).join('\t')).join('\n')}\n`;
}

/** A text that begins like a formula begins with an apostrophe instead, as in the exports of the server. */
function cellText(text: string): string {
  const flat = text.replace(/[\t\r\n]+/g, ' ');
  return /^[=+@\-\uff1d\uff0b\uff0d\uff20]/.test(flat) && !/^-?\d+(\.\d+)?$/.test(flat) ? `'${flat}` : flat;
}
