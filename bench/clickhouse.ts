/**
 * The two stores side by side: the same spans, the same questions. `node bench/clickhouse.ts [--spans 500000]`; figures go to
 * bench/results/clickhouse.json. ClickHouse runs in a process of its own and is asked over HTTP; DuckDB runs in ours.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openClickhouseStore, openDuckdbStore, type Store, type StoredSpan } from '@tallyspan/store';
import { startClickhouse } from '../tools/clickhouse-engine.ts';
import { ensureClickhouse } from '../tools/clickhouse.ts';
import { median, report, type Result } from './measure.ts';
import { makeTraces, spansPerTrace } from './store-spans.ts';

const { values } = parseArgs({ options: { spans: { type: 'string', default: '500000' } } });
const batchSpans = 10_000;
const batches = Math.ceil(Number(values.spans) / batchSpans);
const days = 10;
const nanosPerDay = 86_400_000_000_000n;
/** When the first trace of {@link makeTraces} starts. */
const begin = 1_795_262_400_000_000_000n;

const found = await ensureClickhouse((line) => console.error(line));
if ('problem' in found) throw new Error(found.problem);
const folder = await mkdtemp(join(tmpdir(), 'tallyspan-bench-'));
const engine = await startClickhouse();
try {
  const duckdb = await bench('DuckDB', await openDuckdbStore({ file: join(folder, 'spans.duckdb') }));
  const clickhouse = await bench('ClickHouse', await openClickhouseStore({ url: engine.url }));
  await report('clickhouse', [...duckdb, ...clickhouse]);
} finally {
  await engine.close();
  await rm(folder, { recursive: true });
}

async function bench(name: string, store: Store): Promise<Result[]> {
  const tracesPerBatch = batchSpans / spansPerTrace;
  let addMs = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const spans = spread(makeTraces(batch * tracesPerBatch, tracesPerBatch));
    const startedAt = performance.now();
    await store.add(spans, { segment: 1, offset: batch + 1 });
    addMs += performance.now() - startedAt;
  }
  const results: Result[] = [
    { name: `${name}: add, batches of ${batchSpans}`, value: (batches * batchSpans * 1000) / addMs, unit: 'spans/s' },
  ];
  const replay = spread(makeTraces(0, tracesPerBatch));
  results.push({
    name: `${name}: add, ${batchSpans} that are there`,
    value: await timeOf(3, () => store.add(replay)),
    unit: 'ms',
  });
  const small = spread(makeTraces(batches * tracesPerBatch, 20));
  let at = 0;
  const addSmall = () => store.add(small.slice(at, (at += spansPerTrace)), { segment: 2, offset: at });
  results.push({ name: `${name}: add, one trace of ${spansPerTrace}`, value: await timeOf(20, addSmall), unit: 'ms' });

  const newest = await store.traces({}, { limit: 50 });
  const { traceId, start } = newest[25]!;
  const week = { from: start - 7n * nanosPerDay, to: start };
  const questions: [string, () => Promise<unknown>][] = [
    ['costs by tenant, agent, role, model over 7 days', () => store.costs(['tenant', 'agent', 'role', 'model'], week)],
    ['costs by agent, run over 7 days', () => store.costs(['agent', 'run'], week)],
    ['costs of one tenant by model over 7 days', () => store.costs(['model'], { ...week, tenant: 'tenant 3' })],
    ['newest 50 traces', () => store.traces({}, { limit: 50 })],
    ['newest 50 traces of an agent', () => store.traces({ agent: 'agent 3' }, { limit: 50 })],
    [
      '50 traces by text in a span',
      () => store.traces({ where: { kind: 'contains', text: 'lookup 9' } }, { limit: 50 }),
    ],
    [`a trace of ${spansPerTrace} spans`, () => store.trace(traceId)],
  ];
  for (const [question, ask] of questions)
    results.push({ name: `${name}: ${question}`, value: await timeOf(15, ask), unit: 'ms' });
  const { bytes, spans } = await store.stats();
  results.push({ name: `${name}: on disk`, value: bytes / spans, unit: 'bytes/span' });
  await store.close();
  return results;
}

/** The traces evenly over the days, where {@link makeTraces} has one every two seconds. */
function spread(spans: StoredSpan[]): StoredSpan[] {
  const factor = (BigInt(days) * nanosPerDay) / (BigInt((batches * batchSpans) / spansPerTrace) * 2_000_000_000n);
  const traceNanos = 2_000_000_000n;
  return spans.map((span) => {
    const later = ((span.start - begin) / traceNanos) * traceNanos * (factor - 1n);
    return { ...span, start: span.start + later, end: span.end + later };
  });
}

async function timeOf(rounds: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
