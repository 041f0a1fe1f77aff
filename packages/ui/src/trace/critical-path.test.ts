import { describe, expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { buildTree } from './build-tree.ts';
import { criticalPath, type CriticalPath } from './critical-path.ts';

const at = (offsetMs: number, endsMs: number) => ({ offsetMs, durationMs: endsMs - offsetMs });

/** `agent 0-10 call 10-60`: who held up the end, and when. */
function drawn(path: CriticalPath): string {
  return path.segments.map(({ node, fromMs, toMs }) => `${node.span.spanId} ${fromMs}-${toMs}`).join(' ');
}

describe('the critical path', () => {
  it('goes through the steps one after another, with what the parent did between them', () => {
    const path = criticalPath(
      buildTree([
        makeSpan('agent', null, at(0, 100)),
        makeCall('first', 'agent', '0.1', at(10, 40)),
        makeCall('second', 'agent', '0.1', at(50, 90)),
      ]),
    );
    expect(drawn(path)).toBe('agent 0-10 first 10-40 agent 40-50 second 50-90 agent 90-100');
    expect(path.byClass).toEqual([
      { kind: 'model', ms: 70, spans: 2 },
      { kind: 'other', ms: 30, spans: 1 },
    ]);
    expect(path.idleMs).toBe(0);
  });

  it('of steps side by side only the last to end is on it', () => {
    const path = criticalPath(
      buildTree([
        makeSpan('agent', null, at(0, 100)),
        makeSpan('short', 'agent', at(10, 30)),
        makeSpan('long', 'agent', at(10, 90)),
        makeSpan('beside', 'agent', at(40, 95)),
      ]),
    );
    expect(drawn(path)).toBe('agent 0-10 short 10-30 agent 30-40 beside 40-95 agent 95-100');
    expect([...path.nodes].map((node) => node.span.spanId).sort()).toEqual(['agent', 'beside', 'short']);
  });

  it('a child that outlives its parent counts to its own end', () => {
    const path = criticalPath(buildTree([makeSpan('agent', null, at(0, 20)), makeSpan('later', 'agent', at(15, 60))]));
    expect(drawn(path)).toBe('agent 0-15 later 15-60');
    expect(path.totalMs).toBe(60);
  });

  it('time in which nothing ran is said, and belongs to nobody', () => {
    const path = criticalPath(buildTree([makeSpan('one', null, at(0, 10)), makeSpan('two', null, at(40, 50))]));
    expect(drawn(path)).toBe('one 0-10 two 40-50');
    expect(path.idleMs).toBe(30);
  });

  it('adds up to the length of the trace and counts no moment twice, whatever the clocks say', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 200; round++) {
      const spans = Array.from({ length: 1 + random(25) }, (_, i) => {
        const start = random(200) - (random(5) === 0 ? 40 : 0);
        return makeSpan(`s${i}`, i && random(6) ? `s${random(i)}` : null, at(start, start + random(120)));
      });
      const path = criticalPath(buildTree(spans));
      const busy = path.segments.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
      expect(busy + path.idleMs).toBeCloseTo(path.totalMs, 6);
      for (const [i, segment] of path.segments.entries())
        expect(segment.fromMs).toBeGreaterThanOrEqual(path.segments[i - 1]?.toMs ?? -Infinity);
    }
  });

  it('a chain of 10,000 spans does not exhaust the stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, i) =>
      makeSpan(`s${i}`, i ? `s${i - 1}` : null, at(i, 20_000 - i)),
    );
    expect(criticalPath(buildTree(chain)).nodes.size).toBe(10_000);
  });

  it('nothing has no path', () => {
    expect(criticalPath(buildTree([]))).toMatchObject({ segments: [], totalMs: 0, idleMs: 0, byClass: [] });
  });
});
