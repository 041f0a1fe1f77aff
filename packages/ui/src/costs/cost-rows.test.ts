import type { CostNode } from '@tallyspan/server';
import { expect, it } from 'vitest';
import { CHILDREN_SHOWN, costRows, keyOf, keysAtFirst, keysToLevel, labelOf } from './cost-rows.ts';

const zero = {
  calls: 1,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costUsd: '0',
  unpricedCalls: 0,
};
const node = (dimension: string, value: string | null, children: CostNode[] = []): CostNode => ({
  dimension,
  value,
  ...zero,
  children,
});
const tree = [
  node('agent', 'crew', [
    node('role', 'writer', [node('model', 'gpt-4o')]),
    node('role', null, [node('model', 'gpt-4o')]),
  ]),
  node('agent', null, [node('role', 'writer', [node('model', 'gpt-4o')])]),
];
const drawn = (rows: ReturnType<typeof costRows>) =>
  rows.map(
    (row) => `${' '.repeat(row.level - 1)}${row.type === 'more' ? `${row.hidden} more` : String(row.node.value)}`,
  );

it('COST-21 the tree unfolds agent by agent, role by role', () => {
  expect(drawn(costRows(tree, new Set(), new Set()))).toEqual(['crew', 'null']);
  expect(drawn(costRows(tree, new Set([keyOf(['crew'])]), new Set()))).toEqual(['crew', ' writer', ' null', 'null']);
  expect(drawn(costRows(tree, new Set(keysToLevel(tree, 9)), new Set()))).toEqual([
    'crew',
    ' writer',
    '  gpt-4o',
    ' null',
    '  gpt-4o',
    'null',
    ' writer',
    '  gpt-4o',
  ]);
});

it('rows with the same value under different parents, and a value "null" beside none, do not share a key', () => {
  const rows = costRows([...tree, node('agent', 'null')], new Set(keysToLevel(tree, 9)), new Set());
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
});

it('a node with very many children shows the dearest first and the rest on demand', () => {
  const exactly = Array.from({ length: CHILDREN_SHOWN }, (_, i) => node('user', `u${i}`));
  expect(costRows(exactly, new Set(), new Set())).toHaveLength(CHILDREN_SHOWN);
  const many = [...exactly, node('user', 'one more')];
  expect(drawn(costRows(many, new Set(), new Set())).at(-1)).toBe('1 more');
  expect(costRows(many, new Set(), new Set([keyOf([])]))).toHaveLength(CHILDREN_SHOWN + 1);
});

it('keys down to a level unfold only so far', () => {
  expect(keysToLevel(tree, 0)).toEqual([]);
  expect(keysToLevel(tree, 1)).toEqual(['["crew"]', '[null]']);
});

it('a table opens as far as it stays short: whole when small, without its largest branches when big', () => {
  expect(keysAtFirst(tree)).toEqual(['["crew"]', '[null]', '["crew","writer"]', '["crew",null]', '[null,"writer"]']);
  const children = (count: number) => Array.from({ length: count }, (_, i) => node('role', `r${i}`));
  const big = [
    node('agent', 'batch', children(38)),
    node('agent', 'crew', children(38)),
    node('agent', 'small', children(37)),
  ];
  expect(keysAtFirst(big)).toEqual(['["small"]']);
});

it('LLM-49 a run is called by its number', () => {
  expect(labelOf(node('run', '47'))).toBe('run #47');
  expect(labelOf(node('run', null))).toBe('no run');
  expect(labelOf(node('agent', '47'))).toBe('47');
});
