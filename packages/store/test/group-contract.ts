import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import type { StoreUnderTest } from './contract.ts';
import { filter } from './filter-oracle.ts';
import { hex, makeCall, makeSpan, noon } from './make-span.ts';

const second = 1_000_000_000n;

/** Groups, values, keys and lists of spans. Part of the contract of every driver. */
export function groupContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: costs by what else there is`, () => {
    it('are summed by attributes, by bucket of time, and by both, and always add up', async () => {
      const { store } = await open();
      const hour = 3_600n * second;
      await store.add([
        makeCall({ span: 1, nanos: 1n, attributes: { team: 'red', n: 5 } }),
        makeCall({ span: 2, nanos: 20n, start: noon + hour - 1n, attributes: { team: 'blue', n: 5.5 } }),
        makeCall({
          span: 3,
          nanos: 300n,
          start: noon + hour,
          attributes: { team: 'red', n: '5' },
          resource: { host: 'h' },
        }),
        makeCall({ span: 4, nanos: 4_000n, start: noon + hour, attributes: { team: null } }),
      ]);
      const sums = async (...by: Parameters<typeof store.costs>[0]) => {
        const { rows, total } = await store.costs(by, {});
        expect(total.costNanos).toBe(4_321n);
        return rows.map(({ key, costNanos }) => [...key, costNanos]);
      };
      expect(await sums('attr.team')).toEqual([
        [null, 4_000n],
        ['red', 301n],
        ['blue', 20n],
      ]);
      expect(await sums('attr.n')).toEqual([
        [null, 4_000n],
        ['5', 301n],
        ['5.5', 20n],
      ]);
      expect(await sums('time:hour')).toEqual([
        [String(noon + hour), 4_300n],
        [String(noon), 21n],
      ]);
      expect(await sums('time:day', 'resource.host')).toEqual([
        [String(noon - 12n * hour), null, 4_021n],
        [String(noon - 12n * hour), 'h', 300n],
      ]);
      expect((await store.costs(['agent'], { where: filter('attr.team:red') })).total.costNanos).toBe(301n);
    });
  });

  describe(`${name}: groups of spans`, () => {
    it('say how many, how dear, how long and when, for calls or for all spans', async () => {
      const { store } = await open();
      const call = (span: number, ms: number, more: object = {}) =>
        makeCall({
          span,
          start: noon + BigInt(span),
          end: noon + BigInt(span) + BigInt(ms) * 1_000_000n,
          nanos: BigInt(ms),
          facts: { agent: 'a', runId: `r${span % 2}`, userId: 'u', sessionId: 's', ...more },
        });
      await store.add([
        ...[100, 200, 300, 400, 500].map((ms, index) => call(index + 1, ms)),
        { ...call(6, 1_000, { timeToFirstChunk: 0.5, outputTokens: 50 }), status: 'error' as const },
        makeSpan({ span: 7, status: 'error', end: noon + 9n * second, facts: { agent: 'a' } }),
        makeSpan({ span: 8, facts: { agent: 'b', runId: 'x' } }),
      ]);
      const ask = { by: ['agent'] as const, filter: {}, order: 'cost' as const, limit: 10 };
      const { rows, truncated } = await store.groups({ ...ask, of: 'calls', percentiles: true });
      expect(truncated).toBe(false);
      expect(rows).toEqual([
        {
          key: ['a'],
          calls: 6,
          errors: 1,
          inputTokens: 60,
          outputTokens: 75,
          cacheReadTokens: 0,
          cacheWriteTokens: 0,
          reasoningTokens: 0,
          costNanos: 2_500n,
          unpricedCalls: 0,
          spans: 6,
          errorSpans: 1,
          runs: 2,
          sessions: 1,
          users: 1,
          first: noon + 1n,
          last: noon + 6n + second,
          durationMs: { p50: 350, p90: 750, p95: 875, p99: 975 },
          timeToFirstChunkMs: { p50: 500, p90: 500, p95: 500, p99: 500 },
          tokensPerSecond: { p50: 100, p90: 100, p95: 100, p99: 100 },
        },
      ]);
      const all = await store.groups({ ...ask, of: 'spans', order: 'spans' });
      expect(all.rows.map(({ key, spans, errorSpans, calls }) => [...key, spans, errorSpans, calls])).toEqual([
        ['a', 7, 2, 6],
        ['b', 1, 0, 0],
      ]);
      const last = await store.groups({ ...ask, by: [], of: 'spans', order: 'last' });
      expect(last.rows).toMatchObject([{ key: [], spans: 8, last: noon + 9n * second }]);
      expect(last.rows[0]).not.toHaveProperty('durationMs');
      expect((await store.groups({ ...ask, by: [], of: 'calls', filter: { agent: 'b' } })).rows).toEqual([]);
      const first = await store.groups({ ...ask, of: 'spans', order: 'spans', limit: 1 });
      expect([first.rows.length, first.truncated]).toEqual([1, true]);
    });

    it('by run have the number of the run, however many agents have a first one', async () => {
      const { store } = await open();
      const call = (trace: number, agent: string, runId: string) =>
        makeCall({ trace, start: noon + BigInt(trace), facts: { agent, runId, tenant: 'acme' } });
      await store.add([call(1, 'a', 'x'), call(2, 'a', 'y'), call(3, 'b', 'z'), call(4, 'a', 'y')]);
      const { rows } = await store.groups({
        by: ['agent', 'run', 'run_id'],
        of: 'spans',
        filter: { tenant: 'acme' },
        order: 'last',
        limit: 10,
      });
      expect(rows.map(({ key, spans }) => [...key, spans])).toEqual([
        ['a', '2', 'y', 2],
        ['b', '1', 'z', 1],
        ['a', '1', 'x', 1],
      ]);
    });
  });

  describe(`${name}: values`, () => {
    it('of a field or an attribute begin as asked, in any case, the most frequent first, of these spans only', async () => {
      const { store } = await open();
      const span = (number: number, agent: string | undefined, tenant: string) =>
        makeSpan({
          span: number,
          attributes: { 'http.method': agent ?? 'none', Ünï: 1, '~int': 2 },
          facts: { tenant, ...(agent !== undefined && { agent, runId: agent }) },
        });
      await store.add([
        span(1, 'Analyst', 'acme'),
        span(2, 'analyst 2', 'acme'),
        span(3, 'analyst 2', 'acme'),
        span(4, 'writer', 'acme'),
        span(5, undefined, 'acme'),
        span(6, 'analyst of beta', 'beta'),
      ]);
      const acme = { tenant: 'acme' };
      expect(await store.values('agent', 'ANA', acme, 9)).toEqual([
        { value: 'analyst 2', count: 2 },
        { value: 'Analyst', count: 1 },
      ]);
      expect(await store.values('agent', '', acme, 1)).toEqual([{ value: 'analyst 2', count: 2 }]);
      expect(await store.values('attr.http.method', 'no', acme, 9)).toEqual([{ value: 'none', count: 1 }]);
      expect(await store.values('run', '1', { ...acme, where: filter('agent:writer') }, 9)).toEqual([
        { value: '1', count: 1 },
      ]);
      expect(await store.attributeKeys('attr', '', acme, 9)).toEqual(
        ['http.method', '~int', 'Ünï'].map((value) => ({ value, count: 5 })),
      );
      expect(await store.attributeKeys('attr', 'HTTP', acme, 9)).toEqual([{ value: 'http.method', count: 5 }]);
    });

    it('of scanners come from what the guard wrote, in both directions, once a span', async () => {
      const { store } = await open();
      const found = (...scanners: string[]) =>
        JSON.stringify(Object.fromEntries(scanners.map((scanner) => [scanner, { score: 0.9, threshold: 0.5 }])));
      const guarded = (span: number, facts: object) =>
        makeCall({ span, facts: { tenant: 'acme', agent: 'a', guardOutcome: 'blocked', ...facts } });
      await store.add([
        guarded(1, { guardScanners: found('Injection', 'Secrets') }),
        guarded(2, { guardScanners: found('Injection'), guardOutputScanners: found('Injection') }),
        guarded(3, { guardScanners: found('Injection'), guardOutcome: 'annotated' }),
        guarded(4, { guardScanners: 'no JSON' }),
        guarded(5, { tenant: 'beta', guardScanners: found('Other') }),
        makeCall({ span: 6 }),
      ]);
      const counts = await store.scanners({ tenant: 'acme' }, 9);
      expect(counts.map(({ scanner, outcome, count }) => [scanner, outcome, count])).toEqual([
        ['Injection', 'blocked', 2],
        ['Injection', 'annotated', 1],
        ['Secrets', 'blocked', 1],
      ]);
      expect(counts[0]).toMatchObject({ tenant: 'acme', agent: 'a' });
    });
  });

  describe(`${name}: the list of spans`, () => {
    it('is newest first, and each page goes on after the one before, also among twins', async () => {
      const { store } = await open();
      const spans = Array.from({ length: 12 }, (_, index) =>
        makeSpan({
          trace: 1 + (index % 2),
          span: 1 + ((index >> 1) % 3),
          start: noon + (index < 6 ? 0n : 1n),
          facts: { tenant: index % 3 === 0 ? 'acme' : 'beta' },
        }),
      );
      await store.add(spans);
      const seen: string[] = [];
      let page = await store.spans({}, { limit: 5 });
      while (page.length > 0) {
        seen.push(
          ...page.map(({ start, traceId, spanId, facts }) => `${start - noon} ${traceId} ${spanId} ${facts.tenant}`),
        );
        const last = page.at(-1)!;
        page = await store.spans({}, { limit: 5, before: { ...last, tenant: last.facts.tenant! } });
      }
      const { spans: stored } = await store.stats();
      expect([seen.length, new Set(seen).size]).toEqual([stored, stored]);
      expect(seen).toEqual([...seen].sort().reverse());
    });

    it(`gives at most ${limits.spansPageMax} spans, however many are asked for`, async () => {
      const { store } = await open();
      await store.add(Array.from({ length: limits.spansPageMax + 1 }, (_, index) => makeSpan({ span: index + 1 })));
      expect(await store.spans({}, { limit: limits.spansPageMax })).toHaveLength(limits.spansPageMax);
      expect(await store.spans({}, { limit: limits.spansPageMax + 1 })).toHaveLength(limits.spansPageMax);
    });

    it('gives each span as it is, and only those that are asked for', async () => {
      const { store } = await open();
      const span = makeCall({ trace: 2, facts: { tenant: 'acme', inputMessages: '[]' } });
      await store.add([span, makeCall({ facts: { tenant: 'beta' } })]);
      expect(await store.spans({ tenant: 'acme' }, { limit: 9 })).toEqual([span]);
      expect(await store.spans({ traceId: hex(2, 32), to: noon + 1n }, { limit: 9 })).toEqual([span]);
      expect(await store.spans({ to: noon }, { limit: 9 })).toEqual([]);
    });
  });
}
