import { expect, it } from 'vitest';
import { countOf, exactCount, formatCount, formatShare } from './count.ts';

it('a count is exact up to five digits and short beyond', () => {
  expect(
    [0, 950, 9999, 10_000, 12_345, 999_949, 999_950, 4_213_000, 18_400_000, 1_020_000_000].map(formatCount),
  ).toEqual(['0', '950', '9,999', '10.0k', '12.3k', '999.9k', '1.00M', '4.21M', '18.4M', '1.02B']);
});

it('the exact count has every digit', () => {
  expect(exactCount(1_284_220)).toBe('1,284,220');
  expect(countOf(1, 'span')).toBe('1 span');
  expect(countOf(2000, 'query', 'queries')).toBe('2,000 queries');
});

it('a share that is not zero is not shown as zero, and one that is not all not as all', () => {
  expect([0, 0.0004, 0.041, 0.0996, 0.62, 0.9949, 0.9991, 1].map(formatShare)).toEqual([
    '0%',
    '<0.1%',
    '4.1%',
    '10%',
    '62%',
    '99%',
    '>99%',
    '100%',
  ]);
});
