import { expect, it } from 'vitest';
import { sorted, turned } from './sort-rows.ts';

it('rows are sorted by number and not by letter, equal ones stay as they were, and what is not known stands last', () => {
  const rows = [
    ['a', 10],
    ['b', null],
    ['c', 9],
    ['d', 10],
  ] as const;
  const names = (isDown: boolean) =>
    sorted(rows, ([, value]) => value, isDown)
      .map(([name]) => name)
      .join('');
  expect(names(false)).toBe('cadb');
  expect(names(true)).toBe('adcb');
  expect(sorted(['run 10', 'run 9'], (name) => name, false)).toEqual(['run 9', 'run 10']);
  expect(sorted([2n, 10n ** 20n, 1n], (nanos) => nanos, true)).toEqual([10n ** 20n, 2n, 1n]);
});

it('a heading sorts as its column is read, then the other way round, then no more', () => {
  expect([undefined, '-cost', 'cost'].map((sort) => turned(sort, 'cost', true))).toEqual(['-cost', 'cost', undefined]);
  expect(turned('-cost', 'name', false)).toBe('name');
});
