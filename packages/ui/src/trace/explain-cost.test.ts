import { usdFromNanos } from '@tallyspan/facts/units';
import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { crewSpans } from '../../test/sample.ts';
import { buildTree } from './build-tree.ts';
import { explainSpanCost, explainSum, priceSums } from './explain-cost.ts';

it('the cost of a call says its tokens times the line of the price table, its version and its source', () => {
  const call = crewSpans.find((span) => span.spanId === 'c1')!;
  expect(explainSpanCost(call)).toBe(
    [
      '$0.00909',
      '1,372 input × $2.5 per million = $0.00343',
      '2,048 cache read × $1.25 per million = $0.00256',
      '310 output × $10 per million = $0.0031',
      'Computed from the price table, openai/gpt-4o, genai-prices@0.1.8',
    ].join('\n'),
  );
});

it('what is not priced or not billed says so', () => {
  expect(explainSpanCost(makeCall('c', null, null))).toContain('No price is known for gpt-4o');
  expect(explainSpanCost(makeSpan('c', null, { billable: true }))).toContain('not billed');
});

it('a sum is taken apart by price line, and its parts add up to it to the nano-dollar', () => {
  const tree = buildTree(crewSpans);
  const sums = priceSums(tree.nodes);
  expect(sums.map(({ price, calls, nanos }) => [price, calls, nanos === null ? null : usdFromNanos(nanos)])).toEqual([
    ['openai/gpt-4o', 2, '0.024725'],
    ['openai/gpt-4o', 1, null],
  ]);
  expect(sums[0]!.lines.reduce((sum, line) => sum + line.nanos, 0n)).toBe(tree.total.costNanos);
  expect(explainSum(tree.roots[0]!)).toBe('Sum of 3 calls below: $0.024725, 1 of them unpriced');
});
