/** When one machine is outgrown: the same server on ClickHouse answers the same, and several share it. */
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Costs, Trace, TraceList } from '@tallyspan/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startClickhouse, type ClickhouseEngine } from '../tools/clickhouse-engine.ts';
import { type House, startHouse } from './house.ts';

let engine: ClickhouseEngine;
const houses: House[] = [];

beforeAll(async () => {
  engine = await startClickhouse();
});
afterEach(async () => {
  for (const house of houses.splice(0)) await house.remove();
});
afterAll(() => engine?.close());

/** A server on a database of ours in ClickHouse, or on DuckDB when there is no name for one. */
async function start(database?: string, dataDir?: string): Promise<House> {
  const options =
    database === undefined ? [] : ['--clickhouse', `${engine.url.replace('http:', 'clickhouse:')}/${database}`];
  const house = await startHouse('server', dataDir, options);
  houses.push(house);
  return house;
}

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  start: bigint;
  failed?: boolean;
  attributes: Record<string, string | number>;
}

const noon = 1_795_262_400_000_000_000n;

function bodyOf(spans: readonly WireSpan[]): string {
  const encode = ({ start, failed, attributes, ...span }: WireSpan) => ({
    ...span,
    kind: 3,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1_234_567n),
    status: failed ? { code: 2, message: 'it failed' } : {},
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    })),
  });
  return JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: spans.map(encode) }] }] });
}

async function send(house: House, spans: readonly WireSpan[]): Promise<boolean> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: bodyOf(spans) };
  const response = await fetch(`${house.url}/v1/traces`, request).catch(() => undefined);
  return response?.status === 200;
}

async function query(sql: string): Promise<void> {
  const response = await fetch(engine.url, { method: 'POST', body: sql });
  if (!response.ok) throw new Error(await response.text());
}

/** `tallyspan …`, until it ends; answers what it printed. */
async function runCommand(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['packages/cli/src/main.ts', ...args]);
  return stdout;
}

async function untilStored(house: House, calls: number): Promise<void> {
  const count = async () => (await house.get<Costs>('/api/v1/costs?by=agent')).total.calls;
  await expect.poll(count, { timeout: 60_000 }).toBe(calls);
}

/** A run of an agent: its own span, and calls of two roles to two models, some failed, some of unknown price. */
function run(number: number): WireSpan[] {
  const traceId = (number + 1).toString(16).padStart(32, 'a');
  const id = (index: number) => (number * 100 + index + 1).toString(16).padStart(16, '0');
  const identity = {
    'gen_ai.agent.name': number % 3 ? 'analyst' : `it's "support" \\ 😀`,
    'tally.run.id': `run ${number}`,
    ...(number % 4 > 0 && { 'tally.tenant': number % 4 === 1 ? 'acme' : 'beta' }),
    'session.id': `session ${number % 5}`,
  };
  const start = noon + BigInt(number) * 1_000_000_000n;
  const root: WireSpan = {
    ...{ traceId, spanId: id(0), name: `invoke_agent ${number}`, start, failed: number % 7 === 0 },
    attributes: { ...identity, 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 99_999 },
  };
  const calls = Array.from({ length: 6 }, (_, index): WireSpan => {
    const model = ['gpt-4o-2024-08-06', 'gpt-4o-mini', 'a-model-of-ours'][(number + index) % 3]!;
    return {
      ...{ traceId, spanId: id(index + 1), parentSpanId: id(0), name: `chat ${model}` },
      start: start + BigInt(index + 1),
      failed: index === 4,
      attributes: {
        ...identity,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': model,
        'tally.role': index % 2 ? 'writer' : 'researcher',
        'gen_ai.usage.input_tokens': 1_000 + 37 * index,
        'gen_ai.usage.output_tokens': 100 + number,
        'gen_ai.usage.cache_read.input_tokens': 64,
        'a key of nobody': `line\nline\t\0 ${number}`,
      },
    };
  });
  return [root, ...calls];
}

describe('a server on ClickHouse', () => {
  it('answers what a server on DuckDB answers: costs by everything, lists, traces', async () => {
    const [duckdb, clickhouse] = [await start(), await start('same')];
    const runs = Array.from({ length: 12 }, (_, number) => run(number));
    for (const house of [duckdb, clickhouse]) {
      for (const [number, spans] of runs.entries()) {
        // The root comes last, in a request of its own, and something comes twice.
        expect(await send(house, spans.slice(1))).toBe(true);
        expect(await send(house, [...spans.slice(0, 1), ...(runs[number - 1]?.slice(2, 4) ?? [])])).toBe(true);
      }
      await untilStored(house, 12 * 6);
    }
    const { traces } = await duckdb.get<TraceList>('/api/v1/traces');
    const count = async (house: House) =>
      (await house.get<TraceList>('/api/v1/traces')).traces.reduce((sum, { spans }) => sum + spans, 0);
    for (const house of [duckdb, clickhouse]) await expect.poll(() => count(house), { timeout: 20_000 }).toBe(12 * 7);

    const questions = [
      '/api/v1/costs?by=tenant,agent,run,role,provider,model,operation,user,session',
      ...['tenant', 'agent', 'run', 'agent,run', 'role', 'model', 'session'].map((by) => `/api/v1/costs?by=${by}`),
      `/api/v1/costs?by=agent,role,model&tenant=acme&from=${new Date(Number(noon / 1_000_000n) + 3_000).toISOString()}`,
      ...['', '?limit=5', '?status=error', '?tenant=default', '?model=gpt-4o-mini', '?q=A-MODEL'].map(
        (query) => `/api/v1/traces${query}`,
      ),
      ...traces.flatMap(({ traceId }) => [`/api/v1/traces/${traceId}`, `/api/v1/costs?by=role&traceId=${traceId}`]),
    ];
    for (const question of questions)
      expect(await clickhouse.get(question), question).toEqual(await duckdb.get(question));
    expect(traces).toHaveLength(12);
  });

  it('shares it with another: one killed under load, and nothing is lost and nothing there twice', async () => {
    const replicas = [await start('shared'), await start('shared')];
    const acknowledged = new Map<string, WireSpan>();
    const sent = new Set<string>();
    let sending = true;
    const sender = async () => {
      while (sending) {
        const spans = Array.from({ length: randomInt(1, 30) }, (): WireSpan => {
          const spanId = randomBytes(8).toString('hex');
          sent.add(spanId);
          // Few traces and runs, so that the replicas meet in them.
          const traceId = randomInt(1, 15).toString(16).padStart(32, '7');
          const attributes = {
            'gen_ai.operation.name': 'chat',
            'gen_ai.provider.name': 'openai',
            'gen_ai.response.model': 'gpt-4o-2024-08-06',
            'gen_ai.agent.name': 'analyst',
            'tally.run.id': `run ${randomInt(6)}`,
            'gen_ai.usage.input_tokens': 1_000,
            'gen_ai.usage.output_tokens': 100,
          };
          return {
            traceId,
            spanId,
            name: 'chat gpt-4o',
            start: noon + BigInt(randomInt(4_000)) * 1_000_000_000n,
            attributes,
          };
        });
        // What one does not take goes to the other, as it would behind a load balancer; some goes to both.
        const both = randomInt(3) === 0;
        const order = randomInt(2) === 0 ? [0, 1] : [1, 0];
        let taken = false;
        for (const index of order) if (!taken || both) taken = (await send(replicas[index]!, spans)) || taken;
        if (taken) for (const span of spans) acknowledged.set(span.spanId, span);
      }
    };
    const senders = Array.from({ length: 4 }, sender);
    await sleep(2_500);
    expect(await replicas[1]!.stop('SIGKILL')).toBe(null);
    await sleep(1_500);
    sending = false;
    await Promise.all(senders);

    // The other one has all it took, at once; what the killed one took comes when it is started again.
    replicas[1] = await start('shared', replicas[1]!.dataDir);
    for (const { get } of replicas)
      await expect.poll(() => get('/readyz').catch(() => null), { timeout: 60_000 }).toBeTruthy();

    const found: string[] = [];
    const { traces } = await replicas[0]!.get<TraceList>('/api/v1/traces?limit=100');
    for (const { traceId, spans: summed, calls } of traces) {
      const { spans } = await replicas[1].get<Trace>(`/api/v1/traces/${traceId}`);
      expect([summed, calls]).toEqual([spans.length, spans.length]);
      found.push(...spans.map(({ spanId }) => spanId));
    }
    expect(acknowledged.size).toBeGreaterThan(200);
    expect(found.length).toBe(new Set(found).size);
    expect([...acknowledged.keys()].filter((spanId) => !found.includes(spanId))).toEqual([]);
    expect(found.filter((spanId) => !sent.has(spanId))).toEqual([]);
    const { total, rows } = await replicas[0]!.get<Costs>('/api/v1/costs?by=run');
    expect([total.calls, total.costUsd]).toEqual([found.length, String(Number((found.length * 0.0035).toFixed(4)))]);
    // Both saw these runs begin, and still each has a number of its own.
    expect(rows.map(({ key }) => key[0]).toSorted()).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('takes over what a Collector has stored there, as if it had been sent to it, and again changes nothing', async () => {
    const [sentTo, imported] = [await start('sent_to'), await start('imported')];
    const runs = [0, 1, 2, 3].map(run);
    for (const spans of runs) expect(await send(sentTo, spans)).toBe(true);
    await query('CREATE DATABASE otel');
    await query(`CREATE TABLE otel.otel_traces (Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String,
      TraceState String, SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
      ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ScopeVersion String,
      SpanAttributes Map(LowCardinality(String), String), Duration UInt64, StatusCode LowCardinality(String), StatusMessage String,
      Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)),
      Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String))
    ) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))`);
    const rows = runs.flat().map(({ start: started, failed, attributes, parentSpanId = '', ...span }) => ({
      ...{ Timestamp: String(started), TraceId: span.traceId, SpanId: span.spanId, ParentSpanId: parentSpanId },
      ...{ SpanName: span.name, SpanKind: 'Client', Duration: 1_234_567, StatusCode: failed ? 'Error' : 'Unset' },
      StatusMessage: failed ? 'it failed' : '',
      SpanAttributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
    }));
    await query(`INSERT INTO otel.otel_traces FORMAT JSONEachRow ${rows.map((row) => JSON.stringify(row)).join('\n')}`);

    const from = `${engine.url.replace('http:', 'clickhouse:')}/otel`;
    for (let time = 0; time < 2; time += 1)
      expect(await runCommand('import', from, '--url', imported.url)).toContain('Sent 28 spans from otel_traces.');
    for (const house of [sentTo, imported]) await untilStored(house, 24);
    const by = '/api/v1/costs?by=tenant,agent,role,model,session';
    expect(await imported.get(by)).toEqual(await sentTo.get(by));
    const spansOf = async (house: House) => {
      const { spans } = await house.get<Trace>(`/api/v1/traces/${runs[1]![0]!.traceId}`);
      // Numbers of nobody's have become text on the way.
      return spans.map(({ attributes: _, ...span }) => span);
    };
    await expect.poll(() => spansOf(imported), { timeout: 20_000 }).toEqual(await spansOf(sentTo));
    const late = await runCommand('import', from, '--url', imported.url, '--from', '2026-11-21T12:00:02Z');
    expect(late).toContain('Sent 14 spans');
  });

  it('says in one line why it cannot start when there is no ClickHouse', async () => {
    const nowhere = ['--clickhouse', 'clickhouse://somebody:hunter2@127.0.0.1:9'];
    const folder = await mkdtemp(join(tmpdir(), 'tallyspan-e2e-'));
    const failure = await startHouse('server', folder, nowhere).catch((error: Error) => error.message);
    await rm(folder, { recursive: true, force: true });
    expect(failure).toContain('The ClickHouse at http://127.0.0.1:9 cannot be used');
    expect(failure).not.toContain('hunter2');
  });
});
