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
      const kin = await store.kin!([{ traceId: hex(1, 32) }, { traceId: hex(9, 32) }]);
      expect(kin.map(({ spanId, parentSpanId, facts }) => [spanId, parentSpanId, facts]).sort()).toEqual([
        [hex(1, 16), '', { operation: 'invoke_agent', agent: 'analyst' }],
        [hex(2, 16), hex(1, 16), { operation: 'chat', inputTokens: 10, outputTokens: 5, costNanoUsd: 7n }],
      ]);
      expect(kin[0]).toMatchObject({ traceId: hex(1, 32), start: noon, scopeName: '' });
    });

    it('of up to kinSpansMax spans is all of them; of one more the longest trace is left out', async () => {
      const small = await open({ kinSpansMax: 3 });
      const ids = [{ traceId: hex(1, 32) }, { traceId: hex(2, 32) }];
      await small.add([makeSpan({ span: 1 }), makeSpan({ span: 2 }), makeSpan({ trace: 2 })]);
      expect(await small.kin!(ids)).toHaveLength(3);
      await small.add([makeSpan({ span: 3 })]);
      expect((await small.kin!(ids)).map(({ traceId }) => traceId)).toEqual([hex(2, 32)]);
    });

    it('of one tenant is what was sent with its keys: who else knows the id of a trace neither shows up nor takes the room', async () => {
      const small = await open({ kinSpansMax: 3 });
      const of = (tenant: string, tenantSource?: 'key') => ({
        facts: { tenant, ...(tenantSource && { tenantSource }) },
      });
      const foreign = Array.from({ length: 9 }, (_, index) => makeSpan({ span: index + 1, ...of('mallory', 'key') }));
      await small.add([
        ...foreign,
        makeCall({ span: 1, ...of('acme', 'key') }),
        makeCall({ span: 2, ...of('acme') }),
        makeCall({ trace: 2, span: 1, ...of('acme', 'key') }),
      ]);
      const idsOf = async (...asked: { trace: number; tenant?: string }[]) => {
        const kin = await small.kin!(asked.map(({ trace, ...rest }) => ({ traceId: hex(trace, 32), ...rest })));
        return kin.map(({ traceId, spanId, facts }) => `${Number(traceId)}.${Number(spanId)} ${facts.tenant}`).sort();
      };
      expect(await idsOf({ trace: 1, tenant: 'acme' })).toEqual(['1.1 acme']);
      expect(await idsOf({ trace: 1 })).toEqual([]);
      // Of all that is asked at once each tenant has its turn.
      expect(await idsOf({ trace: 1, tenant: 'mallory' }, { trace: 1, tenant: 'acme' })).toEqual(['1.1 acme']);
      expect(await idsOf({ trace: 2, tenant: 'acme' }, { trace: 1, tenant: 'acme' })).toEqual(['1.1 acme', '2.1 acme']);
      // Whoever is of no tenant's key is asked for with everybody.
      expect(await idsOf({ trace: 2 }, { trace: 2, tenant: 'acme' })).toEqual(['2.1 acme']);
    });

    it('of nobody is nobody', async () => {
      const store = await open();
      expect(await store.kin!([])).toEqual([]);
      expect(await store.kin!([{ traceId: hex(1, 32) }, { traceId: hex(1, 32), tenant: 'acme' }])).toEqual([]);
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
