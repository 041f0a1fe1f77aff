import { expect, it } from 'vitest';
import { Remembered } from './remembered.ts';

it('as many names are remembered as fit; the one not heard of for longest is forgotten first', () => {
  const remembered = new Remembered<number>(2);
  remembered.set('one', 1);
  remembered.set('two', 2);
  expect([remembered.get('one'), remembered.get('two')]).toEqual([1, 2]);
  remembered.set('one', 10);
  remembered.set('three', 3);
  expect([remembered.get('one'), remembered.get('two'), remembered.get('three')]).toEqual([10, undefined, 3]);
});
