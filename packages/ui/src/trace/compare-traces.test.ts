import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { helpdeskBefore, helpdeskSpans } from '../../test/trace-sample.ts';
import { buildTree } from './build-tree.ts';
import { compareTrees, type Pair } from './compare-traces.ts';

const drawn = (pairs: readonly Pair[]) =>
  pairs.map(
    ({ depth, left, right, difference }) =>
      `${'  '.repeat(depth)}${left?.span.spanId ?? '-'} ${right?.span.spanId ?? '-'}${difference ? ` ${difference}` : ''}`,
  );

it('steps of the same kind and name belong together, in their order', () => {
  expect(drawn(compareTrees(buildTree(helpdeskSpans), buildTree(helpdeskBefore.spans)))).toEqual([
    'a1 a1 failed',
    '  r1 r1',
    '    g1 g1',
    '    m1 m1',
    '    t1 t1 slower',
    '      c1 c1',
    '      k1 k1',
    '      v1 v1',
    '      x1 x1',
    '    m2 m2 model',
    '    m3 m3',
    '  p1 - only-left',
    '    a2 - only-left',
    '      s1 - only-left',
    '      b1 - only-left',
    '  r2 r2 failed',
    '    m4 m5 failed',
    '    m5 - only-left',
  ]);
});

it('a step that only the other trace has stands where it would be', () => {
  const step = (id: string, offsetMs: number) => makeSpan(id, null, { offsetMs });
  expect(
    drawn(compareTrees(buildTree([step('a', 0), step('c', 2)]), buildTree([step('a', 0), step('b', 1), step('c', 2)]))),
  ).toEqual(['a a', '- b only-right', 'c c']);
});

it('a trace does not differ from itself, and each line knows how much differs below it', () => {
  const tree = buildTree(helpdeskSpans);
  expect(compareTrees(tree, tree).every((pair) => pair.difference === null && pair.differencesBelow === 0)).toBe(true);
  const [top] = compareTrees(tree, buildTree(helpdeskBefore.spans));
  expect(top?.differencesBelow).toBe(9);
});

it('a cost differs by a quarter and more than a glance, exactly', () => {
  const one = (usd: string) => buildTree([makeCall('c', null, usd)]);
  const difference = (left: string, right: string) => compareTrees(one(left), one(right))[0]!.difference;
  expect(difference('0.2', '0.1')).toBe('dearer');
  expect(difference('0.1', '0.2')).toBe('cheaper');
  expect(difference('0.1', '0.11')).toBeNull();
  expect(difference('0.00001', '0.00009')).toBeNull();
});
