import { expect, it } from 'vitest';
import { pricing } from './pricing.ts';

it('calls nobody can price are said, never counted as nothing', () => {
  expect(pricing({ calls: 3, unpricedCalls: 0 })).toBe('priced');
  expect(pricing({ calls: 3, unpricedCalls: 1 })).toBe('partly');
  expect(pricing({ calls: 3, unpricedCalls: 3 })).toBe('unpriced');
  expect(pricing({ calls: 0, unpricedCalls: 0 })).toBe('priced');
});
