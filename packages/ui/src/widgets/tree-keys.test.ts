import { expect, it } from 'vitest';
import { treeMove, type TreeLine } from './tree-keys.ts';

const lines: TreeLine[] = [
  { level: 1, expanded: true }, // agent
  { level: 2, expanded: false }, //   researcher, folded
  { level: 2, expanded: true }, //   writer
  { level: 3, expanded: null }, //     call
];

it('arrows and j k move by line and stop at the ends', () => {
  expect(treeMove('ArrowDown', lines, 0)).toEqual({ type: 'go', index: 1 });
  expect(treeMove('j', lines, 3)).toEqual({ type: 'go', index: 3 });
  expect(treeMove('k', lines, 0)).toEqual({ type: 'go', index: 0 });
  expect(treeMove('End', lines, 0)).toEqual({ type: 'go', index: 3 });
  expect(treeMove('Home', lines, 3)).toEqual({ type: 'go', index: 0 });
  expect(treeMove('PageDown', lines, 1, 2)).toEqual({ type: 'go', index: 3 });
});

it('with no line chosen the first key chooses the first line', () => {
  expect(treeMove('ArrowDown', lines, -1)).toEqual({ type: 'go', index: 0 });
  expect(treeMove('ArrowUp', lines, -1)).toEqual({ type: 'go', index: 0 });
});

it('right opens, then enters', () => {
  expect(treeMove('ArrowRight', lines, 1)).toEqual({ type: 'expand', index: 1 });
  expect(treeMove('ArrowRight', lines, 2)).toEqual({ type: 'go', index: 3 });
  expect(treeMove('ArrowRight', lines, 3)).toBeNull();
});

it('left closes, then leaves', () => {
  expect(treeMove('ArrowLeft', lines, 2)).toEqual({ type: 'fold', index: 2 });
  expect(treeMove('ArrowLeft', lines, 3)).toEqual({ type: 'go', index: 2 });
  expect(treeMove('ArrowLeft', lines, 1)).toEqual({ type: 'go', index: 0 });
  expect(treeMove('ArrowLeft', [{ level: 1, expanded: null }], 0)).toBeNull();
});

it('other keys and an empty tree mean nothing', () => {
  expect(treeMove('a', lines, 0)).toBeNull();
  expect(treeMove('ArrowDown', [], -1)).toBeNull();
});
