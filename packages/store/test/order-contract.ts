import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '@tallyspan/facts';
import { dimensions, type Store, type StoredSpan } from '../src/index.ts';
import { makeSpan, noon } from './make-span.ts';

/** What every driver must do with spans in whatever order. A driver's test calls this once; `open` makes an empty store. */
export function orderContract(name: string, open: () => Promise<Store>, numRuns: number): void {
  describe(`${name}: what the store answers`, () => {
    it('does not depend on the order in which spans arrive, nor on batches, nor on spans that come again', async () => {
      await fc.assert(
        fc.asyncProperty(arrivals, async ({ sent, arrived, sizes }) => {
          const once = await open();
          const again = await open();
          try {
            await once.add(sent);
            for (const batch of cut(arrived, sizes)) await again.add(batch);
            expect(await answersOf(again)).toEqual(await answersOf(once));
          } finally {
            await Promise.all([once.close(), again.close()]);
          }
        }),
        { numRuns },
      );
    });
  });
}

/** Few values each, so that spans meet: same traces, same times, same agents. */
const maybe = <T>(...values: T[]) => fc.constantFrom<T | undefined>(undefined, ...values);
const facts: fc.Arbitrary<Facts> = fc
  .record({
    operation: maybe('chat', 'embeddings', 'invoke_agent', 'execute_tool'),
    tenant: maybe('acme', 'default'),
    agent: maybe('analyst', 'writer'),
    role: maybe('researcher'),
    runId: maybe('run a', 'run b', 'run c'),
    sessionId: maybe('s1', 's2'),
    requestModel: maybe('gpt-4o', 'o3'),
    responseModel: maybe('gpt-4o-2024'),
    inputTokens: maybe(3, 1000),
  })
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));

const span: fc.Arbitrary<StoredSpan> = fc
  .record({
    trace: fc.integer({ min: 1, max: 3 }),
    span: fc.integer({ min: 1, max: 12 }),
    parent: maybe(1, 2, 3),
    start: fc.integer({ min: 0, max: 4 }),
    end: fc.integer({ min: 0, max: 9 }),
    status: fc.constantFrom('unset' as const, 'ok' as const, 'error' as const),
    facts,
    nanos: maybe(0n, 7n, 10n ** 19n),
    isPriced: fc.boolean(),
  })
  .map(({ trace, span: id, parent, start, end, nanos, isPriced, ...rest }) =>
    makeSpan({
      trace,
      span: id,
      name: `${trace}/${id}`,
      start: noon + BigInt(start),
      end: noon + BigInt(end),
      ...(parent !== undefined && { parent }),
      ...(isPriced && {
        cost: nanos === undefined ? { source: 'unpriced', lines: [] } : { source: 'computed', nanos, lines: [] },
      }),
      ...rest,
    }),
  );

/** Spans that differ in identity: of two with the same, the first one stays, so for those the order matters. */
const spans = fc.uniqueArray(span, {
  minLength: 1,
  maxLength: 24,
  selector: ({ traceId, spanId, facts: { tenant = 'default' } }) => `${tenant} ${traceId} ${spanId}`,
});

/** The same spans in another order, some of them twice, cut into batches of these sizes. */
const arrivals = fc
  .tuple(spans, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 }))
  .chain(([sent, sizes]) =>
    fc.subarray(sent).chain((repeated) =>
      fc.record({
        sent: fc.constant(sent),
        arrived: fc.shuffledSubarray([...sent, ...repeated], { minLength: sent.length + repeated.length }),
        sizes: fc.constant(sizes),
      }),
    ),
  );

function cut(list: readonly StoredSpan[], sizes: readonly number[]): StoredSpan[][] {
  const batches: StoredSpan[][] = [];
  for (let start = 0, index = 0; start < list.length; index += 1) {
    const size = sizes[index % sizes.length]!;
    batches.push(list.slice(start, start + size));
    start += size;
  }
  return batches;
}

/** All that can be asked, but for the numbers of runs, which say who came first. */
async function answersOf(store: Store): Promise<unknown> {
  const traces = await store.traces({}, { limit: 100 });
  const numberless = dimensions.filter((dimension) => dimension !== 'run');
  const { spans: spanCount, traces: traceCount } = await store.stats();
  return {
    traces: traces.map(({ runNumber: _, ...summary }) => summary),
    failed: (await store.traces({ status: 'error' }, { limit: 100 })).map(({ traceId }) => traceId),
    ofWriter: (await store.traces({ agent: 'writer', model: 'o3' }, { limit: 100 })).map(({ traceId }) => traceId),
    spans: await Promise.all(traces.map(({ traceId }) => store.trace(traceId))),
    costs: await Promise.all(
      [[], numberless, ...numberless.map((dimension) => [dimension])].map((by) => store.costs(by, {})),
    ),
    some: await store.costs(['model'], { from: noon + 1n, to: noon + 4n, tenant: 'default', agent: 'analyst' }),
    counts: [spanCount, traceCount],
  };
}
