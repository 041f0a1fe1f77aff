import { describe, expect, it } from 'vitest';
import type { StoreUnderTest } from './contract.ts';
import { hex, makeCall, makeSpan, noon } from './make-span.ts';

const micros = 1_000n;

/** A trace in columns, and single spans of it. Part of the contract of every driver. */
export function outlineContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const spans = [
    makeSpan({ span: 1, name: 'agent', start: noon, end: noon + 5_000n * micros }),
    makeCall({
      ...{ span: 2, parent: 1, start: noon + 2n * micros, end: noon + 3n * micros },
      ...{ nanos: 3n ** 60n, facts: { inputTokens: 7, outputTokens: 0, timeToFirstChunk: 0.25 } },
    }),
    makeSpan({ span: 3, name: 'agent', parent: 99, start: noon + 4n * micros, status: 'error' }),
    makeSpan({ span: 4, trace: 2 }),
  ];

  describe(`${name}: the outline of a trace`, () => {
    it('has each span once, by start, with its parent, its times and its figures', async () => {
      const { store } = await open();
      await store.add(spans.toReversed());
      const outline = await store.outline({ traceId: spans[0]!.traceId, from: noon });
      expect(outline.spanIds).toBe(hex(1, 16) + hex(2, 16) + hex(3, 16));
      expect(outline.parentIds).toBe(' '.repeat(16) + hex(1, 16) + hex(99, 16));
      expect(outline.starts).toEqual([0, 2, 4]);
      expect(outline.durations.slice(0, 2)).toEqual([5_000, 1]);
      const placesOf = (wanted: string) => outline.names.find((each) => each.name === wanted)?.places.toSorted();
      expect([placesOf('agent'), placesOf(spans[1]!.name)]).toEqual([[0, 2], [1]]);
      const failed = outline.patterns.find(({ pattern }) => pattern.status === 'error');
      expect(failed?.places).toEqual([2]);
      expect(outline.patterns.find(({ places }) => places.includes(1))?.pattern).toMatchObject({
        billable: true,
        operation: 'chat',
        costSource: 'computed',
      });
      const { calls } = outline;
      expect([calls.places, calls.inputTokens, calls.outputTokens, calls.cacheReadTokens]).toEqual([
        [1],
        [7],
        [0],
        [-1],
      ]);
      expect(calls.firstChunks).toEqual([250_000]);
      expect(calls.costNanos.map(BigInt)).toEqual([3n ** 60n]);
    });

    it('of a trace that is not there has nothing', async () => {
      const { store } = await open();
      expect(await store.outline({ traceId: 'ab'.repeat(16) })).toMatchObject({ spanIds: '', starts: [], names: [] });
    });
  });

  it(`${name}: a span is found by its id`, async () => {
    const { store } = await open();
    await store.add(spans);
    const found = await store.spans({ traceId: spans[1]!.traceId, spanId: hex(2, 16) }, { limit: 9 });
    expect(found).toEqual([spans[1]]);
    expect(await store.spans({ spanId: 'nonsense' }, { limit: 9 })).toEqual([]);
  });
}
