/**
 * How fast the embedded store answers what the page asks, and how large it is. `node bench/query.ts [spans] [file]`; a file that has spans is
 * asked as it is. Beyond a million, spans are copied within the file to other days. Figures go to bench/results/query.json.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Filter, parseFilter } from '@tallyspan/facts/query';
import { openDuckdbStore, tenantOf, type Store } from '@tallyspan/store';
import { report, type Result } from './measure.ts';
import { makeTraces, orderOf, spansPerTrace } from './store-spans.ts';

const spansTotal = Number(process.argv[2] ?? 1_000_000);
const given = process.argv[3];
const addedMax = 1_000_000;
const batchTraces = 800;
const rounds = 9;
/** A question that takes so long is not asked again. */
const askMsMax = 5_000;
/** More than what a million spans take, and whole hours, as sums are by the hour. */
const copyNanos = 23n * 3_600_000_000_000n;

const folder = await mkdtemp(join(tmpdir(), 'tallyspan-bench-'));
const file = given ?? join(folder, 'spans.duckdb');
try {
  await fill();
  const store = await openDuckdbStore({ file });
  const queries = await benchQueries(store).finally(() => store.close());
  await report('query', [...queries, ...(await sizes())]);
} finally {
  await rm(folder, { recursive: true });
}

async function fill(): Promise<void> {
  const store = await openDuckdbStore({ file });
  const { spans } = await store.stats();
  const added = Math.min(spansTotal, addedMax);
  for (let trace = 0; spans === 0 && trace * spansPerTrace < added; trace += batchTraces)
    await store.add(makeTraces(trace, Math.min(batchTraces, added / spansPerTrace - trace)));
  await store.indexed();
  await store.close();
  if (Math.max(spans, added) >= spansTotal) return;
  for (let copy = Math.max(spans, added) / added; copy < spansTotal / added; copy += 1) await copyDays(BigInt(copy));
  // What was in no block yet is in none of the copies.
  const copied = await openDuckdbStore({ file });
  await copied.indexed();
  await copied.close();
}

/** The same spans some days later, under other ids. All tables say the same of them as if they had been added. */
async function copyDays(copy: bigint): Promise<void> {
  const instance = await DuckDBInstance.create(file, { memory_limit: '2GB' });
  const connection = await instance.connect();
  const later = (column: string) => `${column} + ${copy * copyNanos} AS ${column}`;
  const other = (column: string) =>
    `CASE WHEN ${column} <> '' THEN '${copy}' || substr(${column}, 2) ELSE '' END AS ${column}`;
  const run = `replace(run_id, 'run-', 'run-${copy}-') AS run_id`;
  const first = `start_nanos < (SELECT min(start_nanos) FROM spans) + ${copyNanos}`;
  const batches = `(SELECT max(batch) + 1 FROM spans WHERE ${first})`;
  const runs = '(SELECT max(number) FROM runs WHERE NOT contains(substr(run_id, 5), $$-$$))';
  const [row] = (await connection.runAndReadAll(`SELECT ${batches} AS batches, ${runs} AS runs`)).getRowObjectsJS();
  const batch = (column: string) => `${column} + ${copy * (row!.batches as bigint)} AS ${column}`;
  const number = (column: string) => `${column} + ${copy * (row!.runs as bigint)} AS ${column}`;
  const ids = [other('trace_id'), later('start_nanos'), later('end_nanos'), run, number('run_number')];
  const replaced: Record<string, [where: string, ...columns: string[]]> = {
    spans: [first, ...ids, other('span_id'), other('parent_span_id'), batch('batch')],
    traces: [first, ...ids, later('last_start_nanos')],
    runs: [`NOT contains(substr(run_id, 5), '-')`, run, number('number')],
    sums: [first, later('start_nanos')],
    blocks: [
      `first_batch < ${batches}`,
      batch('first_batch'),
      batch('last_batch'),
      `replace(words, chr(10) || '0000000', chr(10) || '${copy}000000') AS words`,
    ],
  };
  await connection.run('BEGIN');
  for (const [table, [where, ...columns]] of Object.entries(replaced).toReversed())
    await connection.run(`INSERT INTO ${table} SELECT * REPLACE (${columns.join(', ')}) FROM ${table} WHERE ${where}`);
  await connection.run('COMMIT');
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
  console.log(`${copy + 1n} million spans`);
}

/** Blocks of the file are shared by columns, so what each takes is its part of them. */
async function sizes(): Promise<Result[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const bytesOf = async (table: string) => {
    const read = await connection.runAndReadAll(
      `WITH used AS (SELECT DISTINCT column_name, unnest(list_append(additional_block_ids, block_id)) AS block FROM pragma_storage_info('${table}')),
         shared AS (SELECT block, count(*) AS columns FROM used WHERE block >= 0 GROUP BY block)
       SELECT column_name AS name, sum(262144 / columns) AS bytes FROM used JOIN shared USING (block) GROUP BY name`,
    );
    return new Map(read.getRowObjectsJS().map(({ name, bytes }) => [name as string, Number(bytes)]));
  };
  const spans = await bytesOf('spans');
  const all = (of: Map<string, number>) => [...of.values()].reduce((sum, bytes) => sum + bytes, 0);
  const results: [string, number, string?][] = [['spans, all columns', all(spans)]];
  results.push(['spans, all columns but facts', all(spans) - (spans.get('facts') ?? 0)]);
  for (const table of ['traces', 'sums', 'blocks', 'runs']) results.push([table, all(await bytesOf(table))]);
  const [row] = (await connection.runAndReadAll('SELECT count(*) AS n FROM spans')).getRowObjectsJS();
  connection.closeSync();
  instance.closeSync();
  return results.map(([name, bytes]) => ({ name: `size: ${name}`, value: bytes / Number(row!.n), unit: 'bytes/span' }));
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
    ['model:gpt-4o-2026-08-06 cost>0.000001', '≤ 100', list('model:gpt-4o-2026-08-06 cost>0.000001')],
    [
      'model:gpt-4o-2026-08-06 role:critic -tool:"lookup 99"',
      '≤ 100',
      list('model:gpt-4o-2026-08-06 role:critic -tool:"lookup 99"'),
    ],
    ['tool:nobody (nothing is found)', '≤ 100', list('tool:nobody')],
    ['attribute, common', '≤ 1000', list('attr.custom.tag:"value 7"')],
    ['attribute, rare', '≤ 1000', list('attr.custom.tag:nothing')],
    ['attribute, rare, among spans', '≤ 1000', () => asked.spans(where('attr.custom.tag:nothing'), { limit: 101 })],
    ['text in a name', '≤ 1000', list('"lookup 9"')],
    ['text that was said often', '≤ 1000', list('forecast')],
    ['text that was said in one old trace of each million', '≤ 1000', list(orderOf(777))],
    ['two words that stand beside each other', '≤ 1000', list('"quarter forecast"')],
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
    [
      'newest 100 spans of a model',
      '≤ 100',
      () => asked.spans({ ...week, ...where('model:gpt-4o-2026-08-06') }, { limit: 101 }),
    ],
  ];
  // The index cannot help: each of the words is everywhere.
  questions.push(['four common words that nobody said in a row', '-', list('"forecast quarter team risk"')]);
  const results: Result[] = [];
  for (const [name, aim, ask] of questions) {
    const times: number[] = [];
    const before = process.cpuUsage();
    const sum = () => times.reduce((total, ms) => total + ms, 0);
    while (times.length < rounds && sum() < askMsMax) {
      const startedAt = performance.now();
      await ask();
      times.push(performance.now() - startedAt);
    }
    const { user, system } = process.cpuUsage(before);
    const work = (user + system) / 1000 / times.length;
    times.sort((one, other) => one - other);
    const slow = times.at(times.length > 2 ? -2 : -1)!;
    console.log(`${name}: ${slow.toFixed(0)} ms, ${work.toFixed(0)} ms of CPU, ${times.length} times`);
    results.push({
      name: `query: ${name}, the slowest but one of ${times.length}`,
      value: slow,
      unit: 'ms',
      aim: `${aim} ms`,
    });
    results.push({ name: `query: ${name}, work of all threads`, value: work, unit: 'CPU ms' });
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
