import { describe, expect, it } from 'vitest';
import type { Store } from '../src/index.ts';
import { hex, makeCall, makeSpan, noon } from './make-span.ts';

const call = makeCall({
  span: 2,
  parent: 1,
  nanos: 1_000n,
  facts: { operation: 'chat', inputMessages: '["long"]', costNanoUsd: 7n },
});
const agent = makeSpan({ span: 1, facts: { operation: 'invoke_agent', agent: 'analyst' } });

/** What every driver must do that lets spans be settled with those that are stored. A driver's test calls this once. */
export function kinContract(name: string, open: (options?: { kinSpansMax: number }) => Promise<Store>): void {
  describe(`${name}: kin of a trace`, () => {
    it('is all of its stored spans, without content', async () => {
      const store = await open();
      await store.add([call, agent, makeCall({ trace: 2 })]);
      const kin = await store.kin!([hex(1, 32), hex(9, 32)]);
      expect(kin.map(({ spanId, parentSpanId, facts }) => [spanId, parentSpanId, facts]).sort()).toEqual([
        [hex(1, 16), '', { operation: 'invoke_agent', agent: 'analyst' }],
        [hex(2, 16), hex(1, 16), { operation: 'chat', inputTokens: 10, outputTokens: 5, costNanoUsd: 7n }],
      ]);
      expect(kin[0]).toMatchObject({ traceId: hex(1, 32), start: noon, scopeName: '' });
    });

    it('of up to kinSpansMax spans is all of them; of one more the longest trace is left out', async () => {
      const small = await open({ kinSpansMax: 3 });
      const ids = [hex(1, 32), hex(2, 32)];
      await small.add([makeSpan({ span: 1 }), makeSpan({ span: 2 }), makeSpan({ trace: 2 })]);
      expect(await small.kin!(ids)).toHaveLength(3);
      await small.add([makeSpan({ span: 3 })]);
      expect((await small.kin!(ids)).map(({ traceId }) => traceId)).toEqual([hex(2, 32)]);
    });

    it('of nobody is nobody', async () => {
      const store = await open();
      expect(await store.kin!([])).toEqual([]);
      expect(await store.kin!([hex(1, 32)])).toEqual([]);
    });
  });

  describe(`${name}: replacing a span`, () => {
    const owned = {
      ...call,
      facts: { ...call.facts, tenant: 'acme', agent: 'analyst', inherited: ['tenant', 'agent'] },
    };

    it('changes whose it is, its sums and the summary of its trace; doing it again changes nothing', async () => {
      const store = await open();
      await store.add([call, agent], { segment: 1, offset: 5 });
      for (let time = 0; time < 2; time++) {
        await store.replace!([{ old: call, span: owned }]);
        expect(await store.trace(call.traceId)).toHaveLength(2);
        expect((await store.costs(['tenant', 'agent'], {})).rows).toMatchObject([
          { key: ['acme', 'analyst'], calls: 1, costNanos: 1_000n },
        ]);
        expect(await store.traceSummary(call.traceId)).toMatchObject({ tenant: 'acme', calls: 1, spans: 2 });
      }
      expect(await store.position()).toEqual({ segment: 1, offset: 5 });
    });

    it('that is no longer counted takes it out of all sums and leaves it in its trace', async () => {
      const store = await open();
      await store.add([call, agent]);
      await store.replace!([{ old: call, span: { ...call, facts: { ...call.facts, uncounted: 'nested' } } }]);
      expect(await store.traceSummary(call.traceId)).toMatchObject({
        calls: 0,
        costNanos: 0n,
        inputTokens: 0,
        spans: 2,
      });
      expect((await store.costs([], {})).total).toMatchObject({ calls: 0, costNanos: 0n });
    });

    it('that is not there adds nothing', async () => {
      const store = await open();
      await store.replace!([{ old: call, span: owned }]);
      expect(await store.trace(call.traceId)).toEqual([]);
    });

    it('by one that is there already leaves one', async () => {
      const store = await open();
      const sentByItself = { ...call, facts: { ...call.facts, tenant: 'acme' } };
      await store.add([call, sentByItself]);
      await store.replace!([{ old: call, span: owned }]);
      expect(await store.trace(call.traceId)).toHaveLength(1);
      expect(await store.traceSummary(call.traceId)).toMatchObject({ calls: 1, spans: 1 });
    });
  });
}
