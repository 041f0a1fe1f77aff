import { describe, expect, it } from 'vitest';
import type { StoreUnderTest } from './contract.ts';
import { filter } from './filter-oracle.ts';
import { hex, makeCall, makeSpan, noon } from './make-span.ts';

/** What a reader who is bound to a tenant sees, even where trace ids are shared. Part of the contract of every driver. */
export function tenantContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: a trace whose id several tenants share`, () => {
    const call = (tenant: string | undefined, span: number, more: Parameters<typeof makeCall>[0] = {}) =>
      makeCall({
        span,
        parent: 1,
        start: noon + BigInt(span),
        ...more,
        facts: { ...(tenant !== undefined && { tenant }), ...more.facts },
      });
    const spans = [
      makeSpan({ span: 1, name: 'root of acme', status: 'error', facts: { tenant: 'acme', agent: 'analyst' } }),
      call('acme', 2, { nanos: 5n }),
      call('beta', 3, { nanos: 70n, name: 'secret of beta', facts: { agent: 'spy', requestModel: 'o3' } }),
      // The same span id as one of acme's: it is the tenant that makes it another span.
      call('beta', 2, { nanos: 800n, end: noon + 9_000_000n, facts: { agent: 'spy', sessionId: 's' } }),
      call(undefined, 4, { nanos: 9_000n }),
    ];
    const trace = hex(1, 32);

    it('shows each tenant its own spans only, and everything to who is bound to none', async () => {
      const { store } = await open();
      await store.add(spans);
      const seen = async (tenant?: string) => (await store.trace(trace, tenant)).map(({ cost }) => cost?.nanos ?? 0n);
      expect(await seen('acme')).toEqual([0n, 5n]);
      expect(await seen('beta')).toEqual([800n, 70n]);
      expect(await seen('default')).toEqual([9_000n]);
      expect(await seen('nobody')).toEqual([]);
      expect(await seen()).toHaveLength(5);
    });

    it('is summed up for each tenant from its own spans only', async () => {
      const { store } = await open();
      // In two batches, as tenants do not send together.
      await store.add(spans.slice(0, 2));
      await store.add(spans.slice(2));
      const ofBeta = {
        name: 'chat gpt-4o',
        tenant: 'beta',
        agent: 'spy',
        sessionId: 's',
        rootArrived: false,
        status: 'ok',
        start: noon + 2n,
        end: noon + 9_000_000n,
        spans: 2,
        errorSpans: 0,
        calls: 2,
        costNanos: 870n,
        models: ['gpt-4o', 'o3'],
      };
      const ofAcme = { name: 'root of acme', agent: 'analyst', spans: 2, calls: 1, costNanos: 5n, status: 'error' };
      expect(await store.traceSummary(trace, 'beta')).toMatchObject(ofBeta);
      expect(await store.traceSummary(trace, 'acme')).toMatchObject({ ...ofAcme, start: noon, models: ['gpt-4o'] });
      expect(await store.traceSummary(trace, 'default')).toMatchObject({ spans: 1, costNanos: 9_000n });
      expect((await store.traceSummary(trace, 'default'))?.tenant).toBeUndefined();
      expect(await store.traceSummary(trace, 'nobody')).toBeUndefined();
      expect(await store.traceSummary(trace)).toMatchObject({ ...ofAcme, spans: 5, calls: 4, costNanos: 9_875n });

      const list = (tenant?: string) => store.traces(tenant === undefined ? {} : { tenant }, { limit: 10 });
      expect(await list('beta')).toEqual([await store.traceSummary(trace, 'beta')]);
      expect(await list('acme')).toEqual([await store.traceSummary(trace, 'acme')]);
      expect(await list()).toEqual([await store.traceSummary(trace)]);
      expect(await list('nobody')).toEqual([]);
      expect(await store.stats()).toMatchObject({ spans: 5, traces: 1 });
    });

    it('is not found by what only another tenant has in it', async () => {
      const { store } = await open();
      await store.add(spans);
      const found = async (filter: object) => (await store.traces({ tenant: 'acme', ...filter }, { limit: 10 })).length;
      expect(await found({})).toBe(1);
      expect(await found({ agent: 'spy' })).toBe(0);
      expect(await found({ model: 'o3' })).toBe(0);
      expect(await found({ where: filter('secret') })).toBe(0);
      expect(await found({ where: filter('-agent:spy') })).toBe(1);
      expect(await found({ status: 'ok' })).toBe(0);
      expect(await found({ from: noon + 1n })).toBe(0);
    });

    it('belongs to one tenant again when the others’ spans turn out to be its own', async () => {
      const { store } = await open();
      const lost = call(undefined, 4, { nanos: 9_000n });
      await store.add([...spans.slice(0, 2), lost]);
      await store.replace!([{ old: lost, span: { ...lost, facts: { ...lost.facts, tenant: 'acme' } } }]);
      expect(await store.traceSummary(trace, 'default')).toBeUndefined();
      expect(await store.trace(trace, 'default')).toEqual([]);
      expect(await store.traces({ tenant: 'default' }, { limit: 10 })).toEqual([]);
      expect(await store.traceSummary(trace, 'acme')).toMatchObject({ spans: 3, costNanos: 9_005n });
      expect(await store.traces({}, { limit: 10 })).toMatchObject([{ spans: 3, costNanos: 9_005n }]);
    });
  });
}
