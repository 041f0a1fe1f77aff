import { describe, expect, it } from 'vitest';
import { nanosPerDay } from '../src/index.ts';
import type { StoreUnderTest } from './contract.ts';
import { hex, makeCall, makeSpan, noon } from './make-span.ts';

const of = (tenant: string, more = {}) => ({ facts: { tenant, ...more } });

/** What every driver must do that deletes. A driver's test calls this once. */
export function upkeepContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: deleting`, () => {
    it('a tenant leaves nothing of it, and of others what they have in the same traces under the same ids', async () => {
      const { store, reopen } = await open();
      const others = [makeCall({ ...of('beta', { runId: 'r', agent: 'a' }), nanos: 7n }), makeCall({ trace: 3 })];
      await store.add([
        makeCall(of('acme', { runId: 'r', agent: 'a' })),
        makeCall({ span: 2, ...of('acme') }),
        makeCall({ trace: 2, ...of('acme') }),
        ...others,
      ]);
      expect(await store.deleteSpans({ tenant: 'acme' })).toEqual({ spans: 3, traces: 2, left: 0 });
      const again = await reopen();
      expect(await again.deleteSpans({ tenant: 'acme' })).toEqual({ spans: 0, traces: 0, left: 0 });
      expect((await again.costs(['tenant'], {})).rows).toMatchObject([
        { key: [null], costNanos: 1_000n },
        { key: ['beta'], costNanos: 7n },
      ]);
      expect(await again.trace(hex(1, 32))).toEqual([others[0]]);
      expect(await again.traceSummary(hex(1, 32))).toMatchObject({ spans: 1, tenant: 'beta', costNanos: 7n });
      expect(await again.traceSummary(hex(1, 32), 'acme')).toBeUndefined();
      expect(await again.traceSummary(hex(2, 32))).toBeUndefined();
      expect((await again.traces({}, { limit: 9 })).map(({ traceId }) => traceId).sort()).toEqual([
        hex(1, 32),
        hex(3, 32),
      ]);
      expect(await again.stats()).toMatchObject({ spans: 2, traces: 2 });
    });

    it('a user or a trace leaves the other spans, and the summaries say what is left', async () => {
      const { store } = await open();
      await store.add([
        makeSpan({ span: 1 }),
        makeCall({ span: 2, parent: 1, ...of('acme', { userId: 'bob' }), nanos: 5n }),
        makeCall({ span: 3, parent: 1, ...of('acme', { userId: 'eve' }), nanos: 3n }),
        makeCall({ trace: 2, ...of('beta', { userId: 'bob' }) }),
      ]);
      expect(await store.deleteSpans({ user: 'bob', tenant: 'acme' })).toEqual({ spans: 1, traces: 1, left: 0 });
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({ spans: 2, calls: 1, costNanos: 3n });
      expect((await store.costs(['user'], {})).rows.map(({ key }) => key[0])).toEqual(['bob', 'eve']);
      expect(await store.deleteSpans({ traceId: hex(1, 32) })).toMatchObject({ spans: 2, left: 0 });
      expect(await store.stats()).toMatchObject({ spans: 1, traces: 1 });
    });

    it('a span whose tenant became known later leaves no row of the time before, and the span may come again', async () => {
      const { store } = await open();
      const call = makeCall();
      await store.add([call]);
      await store.replace!([{ old: call, span: { ...call, facts: { ...call.facts, tenant: 'acme', userId: 'bob' } } }]);
      expect(await store.deleteSpans({ user: 'bob' })).toMatchObject({ spans: 1, left: 0 });
      expect(await store.stats()).toMatchObject({ spans: 0, traces: 0 });
      expect(await store.add([call])).toMatchObject({ added: 1 });
      expect(await store.trace(call.traceId)).toEqual([call]);
    });

    it('days before a day leaves that day whole; days say how many spans and bytes a tenant has of each', async () => {
      const { store } = await open();
      const day = (noon / nanosPerDay) * nanosPerDay;
      await store.add([
        makeCall({ span: 1, start: day - 1n, ...of('acme') }),
        makeCall({ span: 2, start: day, ...of('acme') }),
        makeCall({ span: 3, start: day - nanosPerDay, ...of('beta') }),
      ]);
      expect((await store.days(false)).map(({ tenant, day: of, spans }) => [tenant, of, spans])).toEqual([
        ['acme', day - nanosPerDay, 1],
        ['beta', day - nanosPerDay, 1],
        ['acme', day, 1],
      ]);
      expect((await store.days(true))[0]!.bytes).toBeGreaterThan(200n);
      expect(await store.deleteSpans({ tenant: 'acme', to: day })).toMatchObject({ spans: 1, left: 0 });
      expect((await store.days(false)).map(({ tenant, day: of }) => [tenant, of])).toEqual([
        ['beta', day - nanosPerDay],
        ['acme', day],
      ]);
    });

    it('and purging changes no answer, and goes on with adding and with what was known', async () => {
      const { store, reopen } = await open();
      const calls = [1, 2, 3].map((trace) => makeCall({ trace, ...of('acme', { runId: `r${trace}`, agent: 'a' }) }));
      await store.add(calls, { segment: 2, offset: 9 });
      await store.deleteSpans({ traceId: hex(2, 32) });
      await store.purge(Date.now());
      expect(
        await store.add([makeCall({ trace: 4, ...of('acme', { runId: 'r4', agent: 'a' }) }), ...calls.slice(0, 1)]),
      ).toMatchObject({
        added: 1,
      });
      const again = await reopen();
      expect(await again.position()).toEqual({ segment: 2, offset: 9 });
      expect(await again.stats()).toMatchObject({ spans: 3, traces: 3 });
      expect(await again.traceSummary(hex(4, 32))).toMatchObject({ runNumber: 4 });
    });
  });
}
