import { expect, it } from 'vitest';
import { COLUMNS_AT_FIRST, fittingColumns, readColumns, templateOf } from './columns.ts';

it('chosen columns stand in the order of the table, with the name, and unknown ones are dropped', () => {
  expect(readColumns('cost,evil,time')).toEqual(['time', 'name', 'cost']);
  expect(readColumns('evil')).toBeUndefined();
  expect(readColumns(7)).toBeUndefined();
});

it('where there is no room the least important columns go, and the name stays to the last', () => {
  expect(fittingColumns(COLUMNS_AT_FIRST, 200)).toEqual(COLUMNS_AT_FIRST);
  expect(fittingColumns(COLUMNS_AT_FIRST, 60)).toEqual(['time', 'name', 'agent', 'status', 'duration', 'cost']);
  expect(fittingColumns(COLUMNS_AT_FIRST, 1)).toEqual(['name']);
  expect(templateOf(['time', 'name'])).toBe('1em 6.2em minmax(11em, 1.4fr)');
});
