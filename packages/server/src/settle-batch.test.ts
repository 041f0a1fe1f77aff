import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPrices, type Prices, toJson } from '@tallyspan/facts';
import { type DuckdbStore, openDuckdbStore, type StoredSpan } from '@tallyspan/store';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWireSpan } from '../test/make-wire-span.ts';
import { temporaryFolder } from '../test/start-test-server.ts';
import { isRefusal } from './otlp/admit-span.ts';
import { readTraces } from './otlp/read-traces.ts';
import { settleBatch } from './settle-batch.ts';
import { understand } from './understand.ts';

const folder = new URL('../../facts/src/dialects/fixtures/', import.meta.url);

/** All spans of all dialects. */
function allSpans(prices: Prices): StoredSpan[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { request } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { request: object };
      return [...readTraces(Buffer.from(JSON.stringify(request)), 'json')].flatMap((read) =>
        read === undefined || isRefusal(read) ? [] : [understand(read, prices)],
      );
    });
}

let dir: string;
let store: DuckdbStore;
let opened = 0;
const open = () => openDuckdbStore({ file: join(dir, `${opened++}.duckdb`) });
beforeEach(async () => {
  dir = await temporaryFolder();
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function add(spans: StoredSpan[], to = store): Promise<void> {
  await to.add(await settleBatch(to, spans));
}

async function answers(of: DuckdbStore): Promise<string> {
  const costs = await of.costs(['tenant', 'agent', 'role', 'model', 'user', 'session'], {});
  const traces = await of.traces({}, { limit: 500 });
  const spans = await Promise.all(traces.map(({ traceId }) => of.trace(traceId)));
  return toJson({ costs, traces: traces.map(({ runNumber: _, ...trace }) => trace), spans });
}

describe('what is stored', () => {
  it('is the same for every order of arrival and every cut into batches, for spans of all dialects', async () => {
    const spans = allSpans(await loadPrices());
    await add(spans);
    const expected = await answers(store);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(spans, { minLength: spans.length }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
        async (shuffled, sizes) => {
          const other = await open();
          for (let at = 0, turn = 0; at < shuffled.length; turn++) {
            const size = sizes[turn % sizes.length]!;
            await add(shuffled.slice(at, at + size), other);
            at += size;
          }
          // Whatever comes again changes nothing.
          await add(shuffled.slice(0, 20), other);
          expect(await answers(other)).toBe(expected);
          await other.close();
        },
      ),
      { numRuns: 4 },
    );
  }, 60_000);

  const call = makeWireSpan({
    spanId: '2'.repeat(16),
    parentSpanId: '1'.repeat(16),
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 10 },
  });
  const agent = makeWireSpan({
    name: 'invoke_agent analyst',
    spanId: '1'.repeat(16),
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'analyst',
      'tally.tenant': 'acme',
      'tally.run.id': 'r1',
    },
  });

  it('gets tenant, agent and run from an ancestor that comes later, and a copy of the span adds nothing', async () => {
    const prices = await loadPrices();
    await add([understand(call, prices)]);
    await add([understand(agent, prices)]);
    await add([understand(call, prices)]);
    const { rows } = await store.costs(['tenant', 'agent', 'run'], {});
    expect(rows).toMatchObject([{ key: ['acme', 'analyst', '1'], calls: 1, inputTokens: 10 }]);
    expect(await store.trace(call.traceId)).toHaveLength(2);
  });

  it('of a tenant is settled however many spans another one sends under the id of its trace', async () => {
    const prices = await loadPrices();
    const small = await openDuckdbStore({ file: join(dir, 'small.duckdb'), kinSpansMax: 5 });
    const keyed = (span: typeof call, tenant: string) => understand(span, prices, tenant);
    const flood = Array.from({ length: 9 }, (_, at) => ({ ...call, spanId: String(at).padStart(16, '7') }));
    await add(
      flood.map((span) => keyed(span, 'mallory')),
      small,
    );
    await add([keyed(call, 'acme')], small);
    await add([keyed(agent, 'acme')], small);
    const { rows } = await small.costs(['tenant', 'agent'], { tenant: 'acme' });
    expect(rows).toMatchObject([{ key: ['acme', 'analyst'], calls: 1 }]);
    await small.close();
  });

  it('is not touched again when nothing new is said of it', async () => {
    const prices = await loadPrices();
    await add([understand(call, prices), understand(agent, prices)]);
    const replaced: unknown[] = [];
    const watched = {
      ...store,
      replace: async (replacements: readonly unknown[]) => void replaced.push(...replacements),
    };
    await settleBatch(watched, [understand({ ...call, spanId: '3'.repeat(16), parentSpanId: '' }, prices)]);
    expect(replaced).toEqual([]);
  });

  it('is settled within a batch when the store cannot look for kin', async () => {
    const prices = await loadPrices();
    const [settled] = await settleBatch({}, [understand(call, prices), understand(agent, prices)]);
    expect(settled!.facts).toMatchObject({ tenant: 'acme', agent: 'analyst', inherited: ['tenant', 'agent', 'runId'] });
  });
});
