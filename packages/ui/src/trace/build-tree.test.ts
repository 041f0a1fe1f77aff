import { usdFromNanos } from '@tallyspan/facts/units';
import { describe, expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { buildTree, type SpanTree } from './build-tree.ts';

/** `a\n  b` for a tree in the order of the page. */
function drawn(tree: SpanTree): string {
  return tree.nodes
    .map((node) => `${'  '.repeat(node.depth)}${node.span.spanId}${node.detached ? ` (${node.detached})` : ''}`)
    .join('\n');
}

describe('the tree of a trace', () => {
  it('nests spans under their parents by start, whatever order they came in', () => {
    const tree = buildTree([
      makeSpan('write', 'agent', { offsetMs: 50 }),
      makeSpan('call', 'research', { offsetMs: 2 }),
      makeSpan('agent', null),
      makeSpan('research', 'agent', { offsetMs: 1 }),
    ]);
    expect(drawn(tree)).toBe('agent\n  research\n    call\n  write');
    expect(tree.detached).toEqual([]);
  });

  it('shows spans whose parent was not received after the roots, with their children', () => {
    const tree = buildTree([
      makeSpan('lost-child', 'never-received', { offsetMs: 1 }),
      makeSpan('root', null, { offsetMs: 5 }),
      makeSpan('grandchild', 'lost-child', { offsetMs: 2 }),
    ]);
    expect(drawn(tree)).toBe('root\nlost-child (parent-missing)\n  grandchild');
  });

  it('cuts a circle of parents at its earliest span', () => {
    const tree = buildTree([
      makeSpan('b', 'a', { offsetMs: 2 }),
      makeSpan('a', 'b', { offsetMs: 1 }),
      makeSpan('self', 'self', { offsetMs: 3 }),
      makeSpan('tail', 'b', { offsetMs: 4 }),
    ]);
    expect(drawn(tree)).toBe('a (cycle)\n  b\n    tail\nself (cycle)');
  });

  it('keeps both of two spans with one id, and hangs children under the first', () => {
    const tree = buildTree([
      makeSpan('root', null),
      makeSpan('twin', 'root', { offsetMs: 1, name: 'first' }),
      makeSpan('twin', 'root', { offsetMs: 2, name: 'second' }),
      makeSpan('child', 'twin', { offsetMs: 3 }),
    ]);
    expect(drawn(tree)).toBe('root\n  twin\n    child\n  twin');
    expect(tree.nodes.map((node) => node.index)).toEqual([0, 1, 3, 2]);
  });

  it('LLM-50 the sum at each parent is the exact sum of the billable lines below it', () => {
    const tree = buildTree([
      makeSpan('agent', null, { inputTokens: 999_999, cost: null }),
      makeSpan('researcher', 'agent', { offsetMs: 1 }),
      makeSpan('writer', 'agent', { offsetMs: 2 }),
      makeCall('c1', 'researcher', '0.1', { offsetMs: 3 }),
      makeCall('c2', 'researcher', '0.2', { offsetMs: 4 }),
      makeCall('c3', 'writer', '0.000000001', { offsetMs: 5, status: 'error' }),
      makeCall('c4', 'writer', null, { offsetMs: 6 }),
    ]);
    const sums = Object.fromEntries(tree.nodes.map((node) => [node.span.spanId, usdFromNanos(node.subtree.costNanos)]));
    expect(sums).toMatchObject({ agent: '0.300000001', researcher: '0.3', writer: '0.000000001', c1: '0.1', c4: '0' });
    expect(tree.total).toMatchObject({
      spans: 7,
      calls: 4,
      unpricedCalls: 1,
      errors: 1,
      inputTokens: 400,
      outputTokens: 80,
    });
  });

  it('a call that failed before it used a token is a call without a cost, and not one without a price', () => {
    const tree = buildTree([
      makeSpan('agent', null),
      { ...makeCall('c1', 'agent', null, { status: 'error' }), cost: null },
    ]);
    expect(tree.total).toMatchObject({ calls: 1, unpricedCalls: 0, errors: 1 });
  });

  it('a chain of 10,000 spans does not exhaust the stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, i) =>
      makeCall(`s${i}`, i ? `s${i - 1}` : null, '0.001', { offsetMs: i }),
    );
    const tree = buildTree(chain.toReversed());
    expect(tree.nodes).toHaveLength(10_000);
    expect(tree.nodes.at(-1)?.depth).toBe(9_999);
    expect(usdFromNanos(tree.nodes[0]!.subtree.costNanos)).toBe('10');
  });

  it('10,000 spans in one circle are all shown', () => {
    const ring = Array.from({ length: 10_000 }, (_, i) =>
      makeSpan(`s${i}`, `s${(i + 9_999) % 10_000}`, { offsetMs: i }),
    );
    const tree = buildTree(ring);
    expect(tree.nodes).toHaveLength(10_000);
    expect(tree.detached.map((node) => node.span.spanId)).toEqual(['s0']);
  });

  it('of the beginning of a trace nothing is summed up, and what waits for its parent is left out', () => {
    const spans = [makeSpan('agent', null), makeCall('call', 'agent', '0.5'), makeSpan('early', 'later')];
    const tree = buildTree(spans, true);
    expect(drawn(tree)).toBe('agent\n  call');
    expect([tree.nodes[0]!.subtree.calls, tree.total.spans]).toEqual([0, 0]);
    expect(buildTree(spans).nodes[0]!.subtree.calls).toBe(1);
  });

  it('nothing makes an empty tree', () => {
    expect(buildTree([])).toMatchObject({ roots: [], detached: [], nodes: [], total: { spans: 0, costNanos: 0n } });
  });
});
