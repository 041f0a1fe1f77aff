/** How fast the embedded store takes and finds spans. `node bench/store.ts`; figures go to bench/results/store.json. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdbStore, openLog, type Store } from '@tallyspan/store';
import { median, report, type Result } from './measure.ts';
import { makeTraces, spansPerTrace } from './store-spans.ts';

const batchSpans = 5_000;
const spansTotal = 100_000;

const folder = await mkdtemp(join(tmpdir(), 'tallyspan-bench-'));
try {
  await report('store', [...(await benchLog()), ...(await benchStore())]);
} finally {
  await rm(folder, { recursive: true });
}

async function benchLog(): Promise<Result[]> {
  const log = await openLog(join(folder, 'log'));
  const body = new Uint8Array(50_000);
  const meta = { signal: 'traces', contentType: 'protobuf', receivedAt: 0 } as const;
  const one = await timesOf(50, () => log.append({ meta, body }));
  const requests = 2_000;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: requests }, () => log.append({ meta, body })));
  const seconds = (performance.now() - startedAt) / 1000;
  await log.close();
  return [
    { name: 'log: one append of 50 KB', value: median(one), unit: 'ms' },
    { name: `log: ${requests} appends of 50 KB at once`, value: requests / seconds, unit: 'appends/s' },
  ];
}

async function benchStore(): Promise<Result[]> {
  const store = await openDuckdbStore({ file: join(folder, 'spans.duckdb') });
  const addMs: number[] = [];
  for (let batch = 0; batch < spansTotal / batchSpans; batch += 1) {
    const spans = makeTraces((batch * batchSpans) / spansPerTrace, batchSpans / spansPerTrace);
    addMs.push(...(await timesOf(1, () => store.add(spans, { segment: 1, offset: batch + 1 }))));
  }
  const small = makeTraces(1_000_000, 41);
  const smallMs: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    const spans = small.slice(index * spansPerTrace, (index + 1) * spansPerTrace);
    smallMs.push(...(await timesOf(1, () => store.add(spans, { segment: 2, offset: index + 1 }))));
  }
  const replay = await timesOf(3, () => store.add(makeTraces(0, batchSpans / spansPerTrace)));
  const sum = addMs.reduce((total, ms) => total + ms, 0);
  const queries = await benchQueries(store);
  await store.close();
  const { bytes, spans } = await sizeOf(join(folder, 'spans.duckdb'));
  return [
    { name: `store: add, batches of ${batchSpans}`, value: (spansTotal / sum) * 1000, unit: 'spans/s', aim: '≥ 5,000' },
    { name: `store: add, one batch of ${spansPerTrace}`, value: median(smallMs), unit: 'ms' },
    { name: `store: add, ${batchSpans} that are there already`, value: median(replay), unit: 'ms' },
    ...queries,
    { name: 'store: on disk', value: bytes / spans, unit: 'bytes/span' },
  ];
}

async function benchQueries(store: Store): Promise<Result[]> {
  const newest = await store.traces({}, { limit: 50 });
  const { traceId } = newest[25]!;
  const queries: [string, () => Promise<unknown>][] = [
    ['newest 50 traces', () => store.traces({}, { limit: 50 })],
    ['newest 50 traces of an agent', () => store.traces({ agent: 'agent 3' }, { limit: 50 })],
    [
      '50 traces by text in a span',
      () => store.traces({ where: { kind: 'contains', text: 'lookup 7' } }, { limit: 50 }),
    ],
    [`a trace of ${spansPerTrace} spans`, () => store.trace(traceId)],
    ['costs by agent, role, model', () => store.costs(['agent', 'role', 'model'], {})],
    ['costs by agent, run', () => store.costs(['agent', 'run'], {})],
    ['costs of one trace by role', () => store.costs(['role'], { traceId })],
    ['stats', () => store.stats()],
  ];
  const results: Result[] = [];
  for (const [name, run] of queries) {
    const times = await timesOf(15, run);
    results.push({ name: `store: ${name}`, value: median(times), unit: 'ms' });
  }
  return results;
}

async function sizeOf(file: string): Promise<{ bytes: number; spans: number }> {
  const store = await openDuckdbStore({ file });
  const stats = await store.stats();
  await store.close();
  return stats;
}

async function timesOf(rounds: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times;
}
