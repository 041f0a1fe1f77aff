/**
 * How fast the embedded store answers what the page asks, at a million spans. `node bench/query.ts [spans] [file]`; a file that is there already
 * is asked as it is. Figures go to bench/results/query.json.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Filter, parseFilter } from '@tallyspan/facts/query';
import { openDuckdbStore, tenantOf, type Store } from '@tallyspan/store';
import { report, type Result } from './measure.ts';
import { makeTraces, spansPerTrace } from './store-spans.ts';

const spansTotal = Number(process.argv[2] ?? 1_000_000);
const given = process.argv[3];
const batchTraces = 800;
const rounds = 9;

const folder = await mkdtemp(join(tmpdir(), 'tallyspan-bench-'));
const store = await openDuckdbStore({ file: given ?? join(folder, 'spans.duckdb') });
try {
  const { spans } = await store.stats();
  for (let trace = 0; spans === 0 && trace * spansPerTrace < spansTotal; trace += batchTraces)
    await store.add(makeTraces(trace, Math.min(batchTraces, spansTotal / spansPerTrace - trace)));
  await report('query', await benchQueries(store));
} finally {
  await store.close();
  await rm(folder, { recursive: true });
}

async function benchQueries(asked: Store): Promise<Result[]> {
  const [newest] = await asked.traces({}, { limit: 1 });
  const week = { from: newest!.start - 7n * 86_400n * 1_000_000_000n };
  const where = (text: string): { where: Filter } => {
    const parsed = parseFilter(text);
    if (!parsed.ok || !parsed.filter) throw new Error(text);
    return { where: parsed.filter };
  };
  const list = (text: string) => () => asked.traces(where(text), { limit: 51 });
  const groups =
    (by: Parameters<Store['groups']>[0]['by'], of: 'calls' | 'spans', percentiles = false) =>
    () =>
      asked.groups({ by, of, filter: week, order: 'last', limit: 200, percentiles });
  const questions: [name: string, aim: string, ask: () => Promise<unknown>][] = [
    ['newest 50 traces', '≤ 100', () => asked.traces({}, { limit: 51 })],
    ['newest 50 of a tenant', '≤ 100', () => asked.traces({ tenant: 'tenant 3' }, { limit: 51 })],
    ['agent:"agent 3" status:error', '≤ 100', list('agent:"agent 3" status:error')],
    ['model:gpt-4o cost>0.000001', '≤ 100', list('model:gpt-4o cost>0.000001')],
    ['model:gpt-4o role:critic -tool:"lookup 9"', '≤ 100', list('model:gpt-4o role:critic -tool:"lookup 9"')],
    ['tool:nobody (nothing is found)', '≤ 100', list('tool:nobody')],
    ['attribute, common', '≤ 1000', list('attr.custom.tag:"value 7"')],
    ['attribute, rare', '≤ 1000', list('attr.custom.tag:nothing')],
    ['text in a name', '≤ 1000', list('"lookup 9"')],
    ['text that was said', '≤ 1000', list('"quarter forecast"')],
    ['text that nobody said', '≤ 1000', list('xylophone')],
    ['one trace', '≤ 50', () => asked.trace(newest!.traceId)],
    [
      'costs by tenant, agent, role, model over a week',
      '≤ 100',
      () => asked.costs(['tenant', 'agent', 'role', 'model'], week),
    ],
    ['costs by hour and model', '≤ 100', () => asked.costs(['time:hour', 'model'], week)],
    ['costs by an attribute', '≤ 1000', () => asked.costs(['attr.custom.tag'], week)],
    ['models with percentiles', '≤ 100', groups(['provider', 'model'], 'calls', true)],
    ['agents', '≤ 100', groups(['tenant', 'agent'], 'spans')],
    ['newest 200 runs', '≤ 100', groups(['tenant', 'agent', 'run', 'run_id'], 'spans')],
    ['newest 200 sessions', '≤ 100', groups(['tenant', 'session'], 'spans')],
    ['values of tool', '≤ 100', () => asked.values('tool', 'look', {}, 20)],
    ['keys of attributes', '≤ 1000', () => asked.attributeKeys('attr', '', {}, 50)],
    ['newest 100 spans of a model', '≤ 100', () => asked.spans({ ...week, ...where('model:gpt-4o') }, { limit: 101 })],
  ];
  const results: Result[] = [];
  for (const [name, aim, ask] of questions) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now();
      await ask();
      times.push(performance.now() - startedAt);
    }
    times.sort((one, other) => one - other);
    results.push({
      name: `query: ${name}, the slowest but one of ${rounds}`,
      value: times[rounds - 2]!,
      unit: 'ms',
      aim: `${aim} ms`,
    });
  }
  results.push({ name: 'query: spans to export', value: await exportSpeed(asked), unit: 'spans/s' });
  return results;
}

/** As the export reads them. */
async function exportSpeed(asked: Store): Promise<number> {
  const startedAt = performance.now();
  let read = 0;
  let page = await asked.spans({}, { limit: 1_000 });
  while (page.length > 0 && read < 20_000) {
    read += page.length;
    const last = page.at(-1)!;
    page = await asked.spans({}, { limit: 1_000, before: { ...last, tenant: tenantOf(last) } });
  }
  return (read / (performance.now() - startedAt)) * 1_000;
}
