import { expect, it } from 'vitest';
import { listOrder } from './list-order.ts';

it('the server orders by what it can, and by its usual order what it cannot', () => {
  expect(listOrder(undefined, '-last')).toEqual({ order: 'last', text: 'seen last', isWhole: true });
  expect(listOrder('-cost', '-last')).toEqual({ order: 'cost', text: 'that cost most', isWhole: true });
  // The cheapest are not what "cost" answers.
  expect(listOrder('cost', '-last')).toEqual({ order: 'last', text: 'seen last', isWhole: false });
  expect(listOrder('toString', '-cost').isWhole).toBe(false);
});
