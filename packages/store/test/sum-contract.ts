import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dimension, SpanFilter, Store, StoredSpan } from '../src/index.ts';
import type { StoreUnderTest } from './contract.ts';
import { filter } from './filter-oracle.ts';
import { makeSpan, noon } from './make-span.ts';

const hour = 3_600_000_000_000n;

/** Costs that sums answer are those that the spans say, whatever became of the spans. A driver's test calls this once. */
export function sumContract(name: string, open: () => Promise<StoreUnderTest>, numRuns: number): void {
  describe(`${name}: costs`, () => {
    it('are what the spans say after adding, repeating, replacing and deleting in any order', async () => {
      const { store } = await open();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), questions, async (steps, asked) => {
          await store.deleteSpans({});
          const added: StoredSpan[] = [];
          for (const each of steps) await each(store, added);
          for (const { by, ...filters } of asked) await expectSums(store, by, filters);
          await expectSums(store, ['tenant', 'agent', 'model', 'source', 'time:hour'], {});
        }),
        { numRuns },
      );
    });

    it('of part of an hour are those of the spans in it', async () => {
      const { store } = await open();
      const starts = [-1n, 0n, 1n, hour - 1n, hour, 2n * hour, 2n * hour + 1n];
      await store.add(starts.map((offset, index) => makeOf({ span: index + 1, offset, nanos: 10n ** BigInt(index) })));
      const sum = async (from: bigint, to: bigint) =>
        (await store.costs([], { from: noon + from, to: noon + to })).total.costNanos;
      expect(await sum(0n, 2n * hour)).toBe(11_110n);
      expect(await sum(-1n, 2n * hour + 1n)).toBe(111_111n);
      expect(await sum(1n, 2n)).toBe(100n);
      expect(await sum(1n, hour + 1n)).toBe(11_100n);
      expect((await store.costs([], { from: noon + hour })).total.calls).toBe(3);
      expect((await store.costs(['time:hour'], { to: noon + 2n })).rows.map(({ calls }) => calls).sort()).toEqual([
        1, 2,
      ]);
    });
  });
}

/** The same filter with a condition that always holds and that only spans can be asked for. */
async function expectSums(store: Store, by: readonly Dimension[], given: SpanFilter): Promise<void> {
  const ofSpans = filter('has:trace');
  const where = given.where ? { kind: 'all' as const, of: [given.where, ofSpans] } : ofSpans;
  expect(await store.costs(by, given)).toEqual(await store.costs(by, { ...given, where }));
}

const maybe = <T>(...values: T[]) => fc.constantFrom<T | undefined>(undefined, ...values);
interface Given {
  trace?: number;
  span: number;
  offset: bigint;
  nanos?: bigint | undefined;
  tokens?: number | undefined;
  facts?: Record<string, unknown>;
  failed?: boolean;
}
function makeOf({ trace = 1, span, offset, nanos, tokens, facts, failed = false }: Given): StoredSpan {
  const given = { operation: 'chat', inputTokens: tokens, ...facts };
  return makeSpan({
    trace,
    span,
    start: noon + offset,
    status: failed ? 'error' : 'unset',
    facts: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    cost: nanos === undefined ? { source: 'unpriced', lines: [] } : { source: 'computed', nanos, lines: [] },
  });
}

const span = fc
  .record({
    trace: fc.integer({ min: 1, max: 3 }),
    span: fc.integer({ min: 1, max: 9 }),
    // A span that comes again starts when it did.
    nanos: maybe(0n, 7n, 2n ** 62n - 1n, 2n ** 80n),
    tokens: maybe(3, 2 ** 53 - 1),
    failed: fc.boolean(),
    facts: fc.record({
      operation: fc.constantFrom('chat', 'embeddings', 'execute_tool'),
      tenant: maybe('acme', 'default'),
      agent: maybe('analyst', 'writer'),
      userId: maybe('bob'),
      requestModel: maybe('gpt-4o', 'o3'),
      responseModel: maybe('gpt-4o-2024'),
    }),
  })
  .map((given) => makeOf({ ...given, offset: startOf(given) }));

function startOf({ trace, span: id }: { trace: number; span: number }): bigint {
  return (BigInt(trace) * hour) / 2n + BigInt(id) * (hour / 7n);
}

const spans = fc.array(span, { minLength: 1, maxLength: 8 });
const step = fc.oneof(
  { weight: 3, arbitrary: spans.map((batch) => adding(batch)) },
  { weight: 1, arbitrary: fc.constant(async (store: Store, added: StoredSpan[]) => void (await store.add(added))) },
  { weight: 2, arbitrary: spans.map((others) => replacing(others)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<SpanFilter>(
        { tenant: 'acme' },
        { user: 'bob' },
        { traceId: makeSpan({ trace: 2 }).traceId },
        { to: noon + hour },
        { tenant: 'default', to: noon + 2n * hour },
      )
      .map((of) => async (store: Store) => void (await store.deleteSpans(of))),
  },
);

function adding(batch: readonly StoredSpan[]) {
  return async (store: Store, added: StoredSpan[]) => {
    await store.add(batch);
    added.push(...batch);
  };
}

/** Other prices, other owners, and calls that turn out to be none. */
function replacing(others: readonly StoredSpan[]) {
  return async (store: Store, added: StoredSpan[]) => {
    const replacements = others.flatMap((other) => {
      const old = added.find(({ traceId, spanId }) => traceId === other.traceId && spanId === other.spanId);
      return old ? [{ old, span: { ...other, facts: { ...other.facts, tenant: other.facts.tenant ?? 'acme' } } }] : [];
    });
    const once = new Map(replacements.map((each) => [`${each.old.traceId} ${each.old.spanId}`, each]));
    await store.replace!([...once.values()]);
    added.push(...[...once.values()].map(({ span: replacing }) => replacing));
  };
}

const questions = fc.array(
  fc
    .record({
      by: fc.subarray<Dimension>([
        'tenant',
        'agent',
        'model',
        'request_model',
        'operation',
        'source',
        'time:hour',
        'time:day',
      ]),
      from: maybe(...[0n, 1n, hour, hour + 9n].map((offset) => noon + offset)),
      to: maybe(...[hour / 2n, 2n * hour, 2n * hour + 1n, 3n * hour].map((offset) => noon + offset)),
      tenant: maybe('acme', 'default'),
      agent: maybe('analyst'),
      model: maybe('gpt-4o', 'gpt-4o-2024'),
      where: maybe(
        filter('agent:writer OR -has:agent'),
        filter('model:gpt* -tenant:default'),
        filter('source:unpriced'),
      ),
    })
    .map(({ by, ...given }) => ({
      by,
      ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as SpanFilter),
    })),
  { minLength: 3, maxLength: 3 },
);
