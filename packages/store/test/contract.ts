import { deepStrictEqual } from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { limits } from '@tallyspan/facts';
import { dimensions, type Store, type StoredSpan, type TraceFilter } from '../src/index.ts';
import { filterContract } from './filter-contract.ts';
import { groupContract } from './group-contract.ts';
import { outlineContract } from './outline-contract.ts';
import { filter } from './filter-oracle.ts';
import { hex, makeCall, makeSpan, noon } from './make-span.ts';
import { tenantContract } from './tenant-contract.ts';

/** A store of its own for one test; its files are gone when the test is over. */
export interface StoreUnderTest {
  store: Store;
  /** Closes it and opens it again. */
  reopen(): Promise<Store>;
}

/** What every driver must do. A driver's test calls this once. */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}: spans`, () => {
    it('come back exactly as they were put in, also after the store was opened again', async () => {
      const { store, reopen } = await open();
      await store.add([hostileSpan]);
      deepStrictEqual((await store.trace(hostileSpan.traceId))[0], hostileSpan);
      const again = await reopen();
      deepStrictEqual((await again.trace(hostileSpan.traceId))[0], hostileSpan);
    });

    it('come back without what they did not have', async () => {
      const { store } = await open();
      const bare = makeSpan();
      const unpriced = makeSpan({ span: 2, facts: { operation: 'chat' }, cost: { source: 'unpriced', lines: [] } });
      await store.add([bare, unpriced]);
      expect(await store.trace(bare.traceId)).toStrictEqual([bare, unpriced]);
    });

    it('of a trace come by start time, and none of another trace', async () => {
      const { store } = await open();
      const spans = [3n, 1n, 2n].map((start, index) => makeSpan({ span: index + 1, start: noon + start }));
      await store.add([...spans, makeSpan({ trace: 2 })]);
      expect((await store.trace(hex(1, 32))).map(({ start }) => start - noon)).toEqual([1n, 2n, 3n]);
    });

    it('may start in 1970 or 2262 and end before they start', async () => {
      const { store } = await open();
      const spans = [0n, 2n ** 63n - 1n].map((start, index) => makeSpan({ span: index + 1, start, end: 5n }));
      await store.add(spans);
      expect(await store.trace(hex(1, 32))).toEqual(spans);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({ start: 0n, end: 5n, spans: 2 });
    });

    it('that nobody sent are not there', async () => {
      const { store } = await open();
      expect(await store.trace(hex(1, 32))).toEqual([]);
      expect(await store.traceSummary(hex(1, 32))).toBeUndefined();
      expect(await store.traces({}, { limit: 10 })).toEqual([]);
      expect((await store.costs(['agent'], {})).rows).toEqual([]);
      expect(await store.stats()).toMatchObject({ spans: 0, traces: 0 });
    });
  });

  describe(`${name}: adding`, () => {
    it('answers how many spans were new and which traces got them', async () => {
      const { store } = await open();
      const [first, second, third] = [
        makeSpan({ trace: 1 }),
        makeSpan({ trace: 2 }),
        makeSpan({ trace: 2, span: 2 }),
      ] as const;
      expect(await store.add([first, second])).toEqual({ added: 2, traceIds: [hex(1, 32), hex(2, 32)] });
      expect(await store.add([first, second, third])).toEqual({ added: 1, traceIds: [hex(2, 32)] });
      expect(await store.add([])).toEqual({ added: 0, traceIds: [] });
      expect(await store.stats()).toMatchObject({ spans: 3, traces: 2 });
    });

    it('a span again changes nothing: the first one stays, in one batch and over several', async () => {
      const { store, reopen } = await open();
      const first = makeCall({ nanos: 5n });
      const second = makeCall({ nanos: 7n, start: noon + 99n, name: 'another' });
      await store.add([first, second]);
      await store.add([second, first]);
      const again = await reopen();
      expect(await again.add([second])).toEqual({ added: 0, traceIds: [] });
      expect(await again.trace(first.traceId)).toEqual([first]);
      expect((await again.costs([], {})).total).toMatchObject({ calls: 1, costNanos: 5n });
      expect(await again.traceSummary(first.traceId)).toMatchObject({ spans: 1, calls: 1, costNanos: 5n });
    });

    it('keeps spans of two tenants apart, even with the same ids; no tenant is the tenant "default"', async () => {
      const { store } = await open();
      const spans = [{ tenant: 'acme' }, { tenant: 'beta' }, {}].map((facts) => makeCall({ facts }));
      expect(await store.add(spans)).toMatchObject({ added: 3 });
      expect(await store.add([makeCall({ facts: { tenant: 'default' } })])).toMatchObject({ added: 0 });
      expect((await store.costs(['tenant'], {})).rows.map(({ key }) => key)).toEqual([['acme'], ['beta'], [null]]);
      expect((await store.costs([], { tenant: 'default' })).total.calls).toBe(1);
    });

    it('remembers the position together with the spans, also without any, and over a restart', async () => {
      const { store, reopen } = await open();
      expect(await store.position()).toBeUndefined();
      await store.add([makeSpan()], { segment: 3, offset: 1_234_567 });
      expect(await store.position()).toEqual({ segment: 3, offset: 1_234_567 });
      await store.add([makeSpan({ span: 2 })]);
      expect(await store.position()).toEqual({ segment: 3, offset: 1_234_567 });
      await store.add([], { segment: 4_000_000_000, offset: 2 ** 40 });
      const again = await reopen();
      expect(await again.position()).toEqual({ segment: 4_000_000_000, offset: 2 ** 40 });
    });

    it('many batches at the same time stores each span once and reads whole batches only', async () => {
      const { store } = await open();
      const batches = Array.from({ length: 12 }, (_, batch) =>
        Array.from({ length: 30 }, (_, index) =>
          makeCall({ trace: 1 + (index % 3), span: (batch % 6) * 30 + index + 1 }),
        ),
      );
      const adding = batches.map((batch) => store.add(batch));
      const seen = await Promise.all(adding.map(() => store.stats()));
      expect(seen.filter(({ spans }) => spans % 30 !== 0)).toEqual([]);
      expect((await Promise.all(adding)).reduce((sum, { added }) => sum + added, 0)).toBe(180);
      expect((await store.costs([], {})).total.calls).toBe(180);
    });
  });

  describe(`${name}: the summary of a trace`, () => {
    const child = (span: number, more: Parameters<typeof makeSpan>[0]) => makeSpan({ span, parent: 1, ...more });

    it('sums the calls that are billed and never what their parents repeat', async () => {
      const { store } = await open();
      const usage = {
        inputTokens: 1000,
        outputTokens: 100,
        cacheReadTokens: 600,
        cacheWriteTokens: 50,
        reasoningTokens: 40,
      };
      const parent = { source: 'client' as const, nanos: 10_000n, lines: [] };
      await store.add([
        makeSpan({ name: 'analyst', end: noon + 9_000n, facts: { operation: 'invoke_agent', ...usage }, cost: parent }),
        makeCall({ span: 2, parent: 1, facts: usage, nanos: 2_000n }),
        makeCall({ span: 3, parent: 1, facts: usage, nanos: 3_000n, status: 'error' }),
        makeSpan({
          span: 4,
          parent: 1,
          facts: { operation: 'embeddings', inputTokens: 7 },
          cost: { source: 'unpriced', lines: [] },
        }),
        child(5, { facts: { operation: 'execute_tool' }, status: 'error', end: noon + 5_000_000n }),
      ]);
      expect(await store.traceSummary(hex(1, 32))).toEqual({
        traceId: hex(1, 32),
        name: 'analyst',
        start: noon,
        end: noon + 5_000_000n,
        status: 'ok',
        rootArrived: true,
        spans: 5,
        errorSpans: 2,
        models: ['gpt-4o'],
        calls: 3,
        errors: 1,
        inputTokens: 2007,
        outputTokens: 200,
        cacheReadTokens: 1200,
        cacheWriteTokens: 100,
        reasoningTokens: 80,
        costNanos: 5_000n,
        unpricedCalls: 1,
      });
    });

    it('has the name of the root, and until it arrives that of the earliest span', async () => {
      const { store } = await open();
      await store.add([child(2, { name: 'later', start: noon + 2n }), child(3, { name: 'earlier', start: noon + 1n })]);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({ name: 'earlier', rootArrived: false });
      await store.add([makeSpan({ name: 'the root', start: noon + 9n })]);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({
        name: 'the root',
        rootArrived: true,
        start: noon + 1n,
      });
    });

    it('has failed when the root has, and until it arrives when any span has', async () => {
      const { store } = await open();
      await store.add([child(2, { status: 'error' })]);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({ status: 'error', errorSpans: 1 });
      await store.add([makeSpan({ status: 'ok' })]);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({ status: 'ok', errorSpans: 1 });
      await store.add([makeSpan({ trace: 2, status: 'error' }), makeSpan({ trace: 2, span: 2, parent: 1 })]);
      expect(await store.traceSummary(hex(2, 32))).toMatchObject({ status: 'error', errorSpans: 1 });
    });

    it('takes identity from the root, and what the root does not say from the first span that does', async () => {
      const { store } = await open();
      await store.add([
        child(2, { start: noon + 2n, facts: { agent: 'second', tenant: 'beta', sessionId: 'late', runId: 'r2' } }),
        child(3, { start: noon + 1n, facts: { agent: 'first', tenant: 'acme', conversationId: 'talk' } }),
      ]);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({
        agent: 'first',
        tenant: 'acme',
        sessionId: 'talk',
        runId: 'r2',
      });
      await store.add([makeSpan({ start: noon + 3n, facts: { agent: 'root', runId: 'r1' } })]);
      expect(await store.traceSummary(hex(1, 32))).toMatchObject({
        agent: 'root',
        tenant: 'acme',
        sessionId: 'talk',
        runId: 'r1',
      });
    });

    it('names the models that were called: the one that answered, or else the one asked for', async () => {
      const { store } = await open();
      await store.add([
        makeCall({ span: 2, facts: { responseModel: 'gpt-4o-2024-08-06' } }),
        makeCall({ span: 3, facts: { requestModel: 'claude-sonnet-4' } }),
        makeCall({ span: 4, facts: { requestModel: 'claude-sonnet-4' } }),
        child(5, { facts: { operation: 'invoke_agent', requestModel: 'not called' } }),
      ]);
      expect((await store.traceSummary(hex(1, 32)))?.models).toEqual(['claude-sonnet-4', 'gpt-4o-2024-08-06']);
    });
  });

  describe(`${name}: the list of traces`, () => {
    it('is newest first, and each page goes on after the one before', async () => {
      const { store } = await open();
      // Traces 1 to 9, three at each time.
      await store.add(
        Array.from({ length: 9 }, (_, index) => makeSpan({ trace: index + 1, start: noon + BigInt(index % 3) })),
      );
      const seen: string[] = [];
      let page = await store.traces({}, { limit: 2 });
      while (page.length > 0) {
        seen.push(...page.map(({ traceId }) => traceId));
        page = await store.traces({}, { limit: 2, before: page.at(-1)! });
      }
      expect(seen).toEqual([9, 6, 3, 8, 5, 2, 7, 4, 1].map((trace) => hex(trace, 32)));
    });

    it('gives the same summaries as asking for each', async () => {
      const { store } = await open();
      await store.add([1, 2, 3].flatMap((trace) => [makeSpan({ trace }), makeCall({ trace, span: 2, parent: 1 })]));
      const list = await store.traces({}, { limit: 10 });
      expect(await Promise.all(list.map(({ traceId }) => store.traceSummary(traceId)))).toEqual(list);
    });

    it(`gives at most ${limits.tracesPageMax} traces, however many are asked for`, async () => {
      const { store } = await open();
      await store.add(Array.from({ length: limits.tracesPageMax + 1 }, (_, index) => makeSpan({ trace: index + 1 })));
      expect(await store.traces({}, { limit: limits.tracesPageMax })).toHaveLength(limits.tracesPageMax);
      expect(await store.traces({}, { limit: limits.tracesPageMax + 1 })).toHaveLength(limits.tracesPageMax);
    });

    const filters: [string, TraceFilter, number[]][] = [
      ['everything', {}, [4, 3, 2, 1]],
      ['from a time, inclusive', { from: noon + 20n }, [4, 3, 2]],
      ['to a time, exclusive', { to: noon + 20n }, [1]],
      ['a range', { from: noon + 20n, to: noon + 40n }, [3, 2]],
      ['a range beyond what clocks show', { from: -(2n ** 80n), to: 2n ** 80n }, [4, 3, 2, 1]],
      ['a tenant', { tenant: 'acme' }, [2, 1]],
      ['no tenant, which is "default"', { tenant: 'default' }, [4]],
      ['an agent of any span', { agent: 'writer' }, [3, 1]],
      ['a model that was called', { model: 'claude-sonnet-4' }, [2]],
      ['a model that was only asked for', { model: 'claude-latest' }, []],
      ['what failed', { status: 'error' }, [3]],
      ['what went well', { status: 'ok' }, [4, 2, 1]],
      ['one of these traces', { traceIds: [hex(2, 32), hex(9, 32)] }, [2]],
      ['no trace at all', { traceIds: [] }, []],
      ['part of any span’s name, in any case', { where: filter('"SEARCH the"') }, [3]],
      ['the begin of a trace id', { where: filter(hex(2, 32)) }, [2]],
      ['the begin of a trace id, in capitals', { where: filter('AB00') }, [4]],
      ['not the middle of a trace id', { where: filter('0000002') }, []],
      ['text that is SQL or a pattern', { where: filter(`"%' OR 1=1 --"`) }, []],
      ['two things at once', { tenant: 'acme', agent: 'writer' }, [1]],
      ['what nobody has', { agent: `'; DROP TABLE spans; --` }, []],
    ];
    it('can be filtered by time, tenant, agent, model, status and text', async () => {
      const { store } = await open();
      const last = { ...makeSpan({ span: 1, start: noon + 40n }), traceId: `ab${hex(4, 32).slice(2)}` };
      await store.add([
        makeSpan({ trace: 1, start: noon + 10n, facts: { tenant: 'acme', agent: 'analyst' } }),
        makeSpan({ trace: 1, span: 2, parent: 1, start: noon + 30n, facts: { tenant: 'acme', agent: 'writer' } }),
        makeCall({
          trace: 2,
          start: noon + 20n,
          facts: { tenant: 'acme', requestModel: 'claude-latest', responseModel: 'claude-sonnet-4' },
        }),
        makeSpan({ trace: 3, start: noon + 30n, status: 'error', facts: { tenant: 'beta', agent: 'writer' } }),
        makeSpan({
          trace: 3,
          span: 2,
          parent: 1,
          start: noon + 31n,
          name: 'search the Web',
          facts: { tenant: 'beta' },
        }),
        last,
      ]);
      for (const [what, filter, expected] of filters) {
        const ids = (await store.traces(filter, { limit: 10 })).map(({ traceId }) => traceId);
        expect(ids, what).toEqual(expected.map((trace) => (trace === 4 ? last.traceId : hex(trace, 32))));
      }
    });
  });

  tenantContract(name, open);
  filterContract(name, open);
  groupContract(name, open);
  outlineContract(name, open);

  describe(`${name}: costs`, () => {
    it('COST-20 are summed by agent, by role, by model and by all three', async () => {
      const { store } = await open();
      const calls: [string, string, string, bigint][] = [
        ['analyst', 'researcher', 'gpt-4o', 2_000n],
        ['analyst', 'researcher', 'claude-sonnet-4', 300n],
        ['analyst', 'writer', 'gpt-4o', 50n],
        ['support', 'writer', 'gpt-4o', 10_000n],
        ['support', 'writer', 'gpt-4o', 6n],
      ];
      await store.add(
        calls.map(([agent, role, requestModel, nanos], index) =>
          makeCall({ span: index + 1, nanos, facts: { agent, role, requestModel } }),
        ),
      );
      const sums = async (...by: ('agent' | 'role' | 'model')[]) =>
        (await store.costs(by, {})).rows.map(({ key, costNanos, calls: count }) => [...key, costNanos, count]);
      expect(await sums('agent')).toEqual([
        ['support', 10_006n, 2],
        ['analyst', 2_350n, 3],
      ]);
      expect(await sums('role')).toEqual([
        ['writer', 10_056n, 3],
        ['researcher', 2_300n, 2],
      ]);
      expect(await sums('model')).toEqual([
        ['gpt-4o', 12_056n, 4],
        ['claude-sonnet-4', 300n, 1],
      ]);
      expect(await sums('agent', 'role', 'model')).toEqual([
        ['support', 'writer', 'gpt-4o', 10_006n, 2],
        ['analyst', 'researcher', 'gpt-4o', 2_000n, 1],
        ['analyst', 'researcher', 'claude-sonnet-4', 300n, 1],
        ['analyst', 'writer', 'gpt-4o', 50n, 1],
      ]);
      expect((await store.costs(['model', 'agent'], {})).rows[0]?.key).toEqual(['gpt-4o', 'support']);
    });

    it('have a key for every dimension, and null where a span does not say', async () => {
      const { store } = await open();
      const facts = {
        tenant: 'acme',
        agent: 'analyst',
        runId: 'a run',
        role: 'researcher',
        provider: 'openai',
        responseModel: 'gpt-4o-2024-08-06',
        operation: 'chat',
        userId: 'u1',
        conversationId: 'talk',
      };
      await store.add([makeCall({ facts, nanos: 2n }), { ...makeSpan({ span: 2, facts: { operation: 'chat' } }) }]);
      expect((await store.costs(dimensions, {})).rows.map(({ key }) => key)).toEqual([
        ['acme', 'analyst', '1', 'researcher', 'openai', 'gpt-4o-2024-08-06', 'chat', 'u1', 'talk'],
        [null, null, null, null, null, null, 'chat', null, null],
      ]);
      await store.add([makeCall({ span: 3, facts: { ...facts, sessionId: 'session' } })]);
      expect((await store.costs(['session'], { agent: 'analyst' })).rows.map(({ key }) => key)).toEqual([
        ['session'],
        ['talk'],
      ]);
    });

    it('count only calls that are billed; a call without a price counts as unpriced and never as free', async () => {
      const { store } = await open();
      await store.add([
        makeCall({ span: 1, nanos: 40n }),
        makeCall({ span: 2, cost: { source: 'unpriced', lines: [] }, facts: { inputTokens: 7 } }),
        { ...makeCall({ span: 3, nanos: 1_000_000n }), facts: { operation: 'invoke_agent', inputTokens: 999 } },
        { ...makeCall({ span: 4, nanos: 1_000_000n }), facts: {} },
        makeSpan({ span: 5, status: 'error', facts: { operation: 'chat', errorType: '429' } }),
      ]);
      const { rows, total } = await store.costs(['operation'], {});
      expect(rows).toEqual([{ key: ['chat'], ...total }]);
      expect(total).toEqual({
        calls: 3,
        errors: 1,
        inputTokens: 17,
        outputTokens: 10,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        costNanos: 40n,
        unpricedCalls: 1,
      });
    });

    it('can be filtered by time, tenant, agent and trace, and by all of them', async () => {
      const { store } = await open();
      const facts = [
        { tenant: 'acme', agent: 'analyst' },
        { tenant: 'acme', agent: 'writer' },
        { tenant: 'beta', agent: 'analyst' },
      ];
      await store.add(
        facts.map((fact, index) =>
          makeCall({ trace: index + 1, start: noon + BigInt(index), nanos: 10n ** BigInt(index), facts: fact }),
        ),
      );
      const sum = async (filter: Parameters<Store['costs']>[1]) => (await store.costs([], filter)).total.costNanos;
      expect(await sum({})).toBe(111n);
      expect(await sum({ from: noon + 1n })).toBe(110n);
      expect(await sum({ to: noon + 1n })).toBe(1n);
      expect(await sum({ tenant: 'acme' })).toBe(11n);
      expect(await sum({ agent: 'analyst' })).toBe(101n);
      expect(await sum({ traceId: hex(2, 32) })).toBe(10n);
      expect(await sum({ from: noon, to: noon + 2n, tenant: 'acme', agent: 'writer', traceId: hex(2, 32) })).toBe(10n);
      expect(await sum({ tenant: `acme' OR '1'='1` })).toBe(0n);
    });

    it('of no dimension are one row, or none when there was no call', async () => {
      const { store } = await open();
      expect((await store.costs([], {})).rows).toEqual([]);
      await store.add([makeCall()]);
      const { rows, total } = await store.costs([], {});
      expect(rows).toEqual([{ key: [], ...total }]);
    });

    it('stay exact to the nano-dollar, far beyond what a double can count', async () => {
      const { store } = await open();
      const huge = 9_007_199_254_740_993n;
      await store.add([
        makeCall({ span: 1, nanos: huge }),
        makeCall({ span: 2, nanos: 2n }),
        makeCall({ span: 3, nanos: 2n ** 90n, facts: { inputTokens: Number.MAX_SAFE_INTEGER } }),
      ]);
      expect((await store.costs(['agent'], {})).total.costNanos).toBe(huge + 2n + 2n ** 90n);
      expect((await store.traceSummary(hex(1, 32)))?.costNanos).toBe(huge + 2n + 2n ** 90n);
    });

    it(`give up to ${limits.costRowsMax} rows; beyond, the dearest, with a total over all`, async () => {
      const { store } = await open();
      const call = (index: number) =>
        makeCall({ span: index + 1, nanos: BigInt(index), facts: { userId: `user ${index}` } });
      await store.add(Array.from({ length: limits.costRowsMax }, (_, index) => call(index)));
      const full = await store.costs(['user'], {});
      expect([full.rows.length, full.truncated]).toEqual([limits.costRowsMax, false]);

      await store.add([call(limits.costRowsMax)]);
      const cut = await store.costs(['user'], {});
      expect([cut.rows.length, cut.truncated]).toEqual([limits.costRowsMax, true]);
      expect(cut.rows[0]?.key).toEqual([`user ${limits.costRowsMax}`]);
      expect(cut.total).toMatchObject({
        calls: limits.costRowsMax + 1,
        costNanos: full.total.costNanos + BigInt(limits.costRowsMax),
      });
    });
  });

  describe(`${name}: runs`, () => {
    const run = (
      trace: number,
      agent: string,
      runId: string,
      more: { start?: bigint; tenant?: string } = {},
    ): StoredSpan =>
      makeCall({
        trace,
        nanos: BigInt(trace),
        facts: { agent, runId, ...(more.tenant !== undefined && { tenant: more.tenant }) },
        ...(more.start !== undefined && { start: more.start }),
      });

    it('LLM-49 of an agent are numbered from 1 in order of their first start, each with its own total', async () => {
      const { store } = await open();
      await store.add([
        run(1, 'analyst', 'c', { start: noon + 3n }),
        run(2, 'analyst', 'a', { start: noon + 1n }),
        run(3, 'analyst', 'b', { start: noon + 2n }),
        run(4, 'writer', 'd', { start: noon + 9n }),
        run(5, 'analyst', 'a', { start: noon + 9n }),
      ]);
      const numbers = await Promise.all(
        [1, 2, 3, 4, 5].map(async (trace) => (await store.traceSummary(hex(trace, 32)))?.runNumber),
      );
      expect(numbers).toEqual([3, 1, 2, 1, 1]);
      expect((await store.costs(['agent', 'run'], {})).rows.map(({ key, costNanos }) => [...key, costNanos])).toEqual([
        ['analyst', '1', 7n],
        ['writer', '1', 4n],
        ['analyst', '2', 3n],
        ['analyst', '3', 1n],
      ]);
    });

    it('keep their number for ever, also when earlier spans arrive later and after a restart', async () => {
      const { store, reopen } = await open();
      await store.add([run(1, 'analyst', 'first to arrive', { start: noon + 5n })]);
      await store.add([run(2, 'analyst', 'started earlier', { start: noon })]);
      const again = await reopen();
      await again.add([
        run(3, 'analyst', 'third', { start: noon + 1n }),
        run(4, 'analyst', 'first to arrive', { start: noon - 5n }),
      ]);
      const numbers = await Promise.all(
        [1, 2, 3, 4].map(async (trace) => (await again.traceSummary(hex(trace, 32)))?.runNumber),
      );
      expect(numbers).toEqual([1, 2, 3, 1]);
    });

    it('of one tenant do not count for another, and a span without a run has no number', async () => {
      const { store } = await open();
      await store.add([
        run(1, 'analyst', 'x', { tenant: 'acme' }),
        run(2, 'analyst', 'x', { tenant: 'beta' }),
        makeCall({ trace: 3 }),
      ]);
      const numbers = await Promise.all(
        [1, 2, 3].map(async (trace) => (await store.traceSummary(hex(trace, 32)))?.runNumber),
      );
      expect(numbers).toEqual([1, 1, undefined]);
    });
  });
}

const hostile = {
  'a bigint': 2n ** 60n + 1n,
  'a double': 1.1e-300,
  'not a number': Number.NaN,
  infinite: Number.NEGATIVE_INFINITY,
  'minus nothing': -0,
  text: `'; DROP TABLE spans; -- \0 \u2028 😀 "~int"`,
  '~int': 'no tag',
  '': null,
  'a list': [1, 'two', 3n, [true, null], { nested: { deeper: [{}] } }],
  constructor: { prototype: 1, toString: 'x' },
  ...(JSON.parse('{"__proto__":{"polluted":true}}') as object),
};

/** Every field that there is, with values that are easily spoilt on the way. */
const hostileSpan: StoredSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  traceState: 'vendor=value,other=1',
  name: `chat 'gpt-4o'; \0 <script>😀`,
  kind: 'client',
  start: 1_795_262_400_123_456_789n,
  end: 1_795_262_401_123_456_789n,
  status: 'error',
  statusMessage: 'it "failed"\n',
  attributes: { ...hostile },
  events: [{ name: 'exception', time: 1_795_262_400_999_999_999n, attributes: { ...hostile } }],
  links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: { count: 3n } }],
  resource: { 'service.name': 'demo', 'process.pid': 2n ** 62n },
  scopeName: 'scope',
  scopeVersion: '1.0',
  droppedAttributes: 1,
  droppedEvents: 2,
  droppedLinks: 3,
  facts: {
    operation: 'chat',
    provider: 'openai',
    requestModel: 'gpt-4o',
    responseModel: 'gpt-4o-2024-08-06',
    stream: true,
    temperature: 0.7,
    stopSequences: ['\n', 'END'],
    finishReasons: ['stop', 'error'],
    inputTokens: 1000,
    outputTokens: 200,
    cacheReadTokens: 300,
    cacheWriteTokens: 100,
    cacheWrite1hTokens: 50,
    reasoningTokens: 20,
    inputAudioTokens: 1,
    outputAudioTokens: 2,
    cacheReadAudioTokens: 3,
    inputImageTokens: 4,
    outputImageTokens: 5,
    usageSource: 'estimated',
    costNanoUsd: 9_007_199_254_740_993n,
    costSource: 'provider',
    timeToFirstChunk: 0.123456789,
    errorType: '500',
    tenant: 'acme-corp',
    agent: 'analyst',
    role: 'researcher',
    runId: 'run-1',
    userId: 'user-1',
    sessionId: 'session-1',
    conversationId: 'conversation-1',
    toolName: 'search',
    inputMessages: JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'quote " and ~' }] }]),
  },
  cost: {
    source: 'computed',
    nanos: 123_456_789_012_345_678_901n,
    version: 'genai-prices 0.1.8',
    priceId: 'openai/gpt-4o',
    lines: [{ type: 'input', tokens: 600, usdPerMillion: 2.5, nanos: 1_500_000n }],
  },
};
