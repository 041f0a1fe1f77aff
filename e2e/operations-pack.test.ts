/** The operations pack: a real Prometheus scrapes a real server, agents and recorded exporters, and every query of every panel and rule answers. */
import { ClientFactory } from '@a2a-js/sdk/client';
import { alertsOf, boards, recordings } from '@tallyspan/dashboards';
import type { Costs } from '@tallyspan/server';
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type House, startHouse } from './house.ts';
import { sendSpans } from './span-samples.ts';
import { type RunningPrometheus, type Sample, startExporter, startPrometheus } from './prometheus.ts';

const root = resolve(import.meta.dirname, '..');
let house: House;
let prometheus: RunningPrometheus;
let planner: ChildProcess;
let plannerUrl: string;
const exporters: Server[] = [];
const from = new Date(Date.now() - 1_000).toISOString();

beforeAll(async () => {
  house = await startHouse('server');
  const budget = { name: 'everybody', limits: { usd: '5' }, window: 'day' };
  const made = await fetch(`${house.url}/api/v1/budgets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(budget),
  });
  if (made.status !== 201) throw new Error(`no budget: ${made.status} ${await made.text()}`);
  let metricsPort = 0;
  planner = fork(resolve(root, 'examples/a2a/src/planner.ts'), {
    execArgv: ['--import', resolve(import.meta.dirname, 'expose-metrics.ts')],
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: house.url },
  });
  await new Promise<void>((done, fail) => {
    planner.once('exit', (code) => fail(new Error(`the planner ended with ${code}`)));
    planner.on('message', (message: string | { metricsPort: number }) => {
      if (typeof message === 'string') plannerUrl = message;
      else ({ metricsPort } = message);
      if (plannerUrl && metricsPort) done();
    });
  });
  const targets: Parameters<typeof startPrometheus>[0] = {
    tallyspan: [{ targets: [new URL(house.url).host] }],
    agents: [{ targets: [`127.0.0.1:${metricsPort}`], labels: { tenant: 'acme-corp' } }],
  };
  for (const name of ['envoy', 'spire', 'vault', 'valkey', 'collector']) {
    const { address, server } = await startExporter(name);
    exporters.push(server);
    targets[name] = [{ targets: [address] }];
  }
  prometheus = await startPrometheus(targets);
});
afterAll(async () => {
  if (planner?.connected) planner.disconnect();
  for (const server of exporters) server.close();
  await prometheus?.end();
  await house?.remove();
});

it('OBS-52 OBS-55 OBS-56 OBS-58 OBS-59 OBS-63 OBS-65 OBS-76 OBS-81 every query of every panel and rule answers, while the sample crew and agents that ask each other are at work', async () => {
  // Twice with a scrape between, as a rate needs two values.
  await work();
  await expect.poll(async () => (await ask('tally_llm_calls_total')).length, { timeout: 20_000 }).toBeGreaterThan(5);
  await work();
  const waiting = new Map<string, string>();
  for (const { uid, panels } of boards)
    for (const { id, queries } of panels)
      for (const [index, { promql }] of queries.entries()) waiting.set(`${uid} ${id} ${index}`, promql);
  for (const { record, expr } of recordings()) {
    waiting.set(`rule ${record}`, expr);
    waiting.set(`recorded ${record}`, record);
  }
  for (const { name, when } of alertsOf())
    for (const [index, { value }] of when.entries()) waiting.set(`alert ${name} ${index}`, value);
  expect(waiting.size).toBeGreaterThan(100);
  const look = async () => {
    await sendSpans(house.url);
    await askPlanner();
    for (const [name, promql] of waiting) if ((await ask(promql)).length > 0) waiting.delete(name);
    return [...waiting].map(([name, promql]) => `${name}: ${promql}`);
  };
  await expect.poll(look, { timeout: 40_000, interval: 500 }).toEqual([]);
});

it('OBS-77 what agents expose carries the label of their tenant', async () => {
  const [transition] = await ask('tally_a2a_task_transitions_total{a2a_task_state="completed"}');
  expect(transition!.metric).toMatchObject({ job: 'agents', tenant: 'acme-corp' });
});

it('OBS-61 OBS-66 the lifecycle of a task is seen from submitted over working to completed', async () => {
  const found = await ask('sum by (tally_a2a_from_state, a2a_task_state) (tally_a2a_task_transitions_total)');
  const steps = found.map(({ metric }) => `${metric['tally_a2a_from_state'] ?? ''} > ${metric['a2a_task_state']}`);
  expect(steps).toEqual(
    expect.arrayContaining(
      ['> submitted', 'submitted > working', 'working > completed'].map((step) => step.replace(/^>/, ' >')),
    ),
  );
});

it('OBS-62 OBS-67 messages are counted by pair of agents, and those across tenants can be told apart', async () => {
  const messages = await ask('tallyspan_a2a_messages_total');
  const across = messages.filter(({ metric }) => metric['across_tenants'] === 'true');
  expect(across.map(({ metric }) => [metric['source_tenant'], metric['target_tenant']])).toContainEqual([
    'acme',
    'globex',
  ]);
  const sum = (all: Sample[]) => all.reduce((total, { value }) => total + value, 0);
  expect(sum(messages)).toBe(sum(await ask('sum by (source_agent, target_agent) (tallyspan_a2a_messages_total)')));
  expect(messages.map(({ metric }) => `${metric['source_agent']} > ${metric['target_agent']}`)).toContain(
    'assistant > planner',
  );
});

it('the figures of LLM Costs are those of the cost API for the same time', async () => {
  const panel = (id: string) => askPanel('tallyspan-llm-costs', id);
  const costs = (by: string) => house.get<Costs>(`/api/v1/costs?by=${by}&from=${from}`);
  // The last scrape is a second behind, and the last span may be on its way.
  const behind = async () => (await costs('agent,role')).total.calls - (await panel('calls'))[0]!.value;
  await expect.poll(behind, { timeout: 10_000, interval: 1_100 }).toBe(0);
  const { total, rows } = await costs('agent,role');
  expect(total.calls).toBeGreaterThan(40);
  const [spent] = await panel('spend');
  expect(spent!.value).toBeCloseTo(Number(total.costUsd), 9);
  const byRole = await panel('cost-by-agent-and-role');
  const expected = rows
    .filter(({ costUsd }) => Number(costUsd) > 0)
    .map(({ key, costUsd }) => [key.join(), Number(costUsd)] as const);
  expect(expected.length).toBeGreaterThan(3);
  for (const [key, usd] of expected) {
    const found = byRole.find(
      ({ metric }) => [metric['gen_ai_agent_name'] ?? '', metric['tally_role'] ?? ''].join() === key,
    );
    expect(found?.value, key).toBeCloseTo(usd, 9);
  }
  const tenants = await panel('cost-by-tenant');
  for (const { key, costUsd } of (await costs('tenant')).rows.filter((row) => Number(row.costUsd) > 0)) {
    const found = tenants.find(({ metric }) => (metric['tally_tenant'] ?? 'default') === (key[0] ?? 'default'));
    expect(found?.value, String(key[0])).toBeCloseTo(Number(costUsd), 9);
  }
});

it('OBS-54 the hit ratio of a tier is hits divided by hits and misses', async () => {
  const ratios = await askPanel('tallyspan-platform-overview', 'cache-hits');
  expect(Object.fromEntries(ratios.map(({ metric, value }) => [metric['tally_cache_tier'], value]))).toEqual({
    L1: 1,
    L2: 0,
  });
});

it('OBS-64 when nobody follows a task any more, no stream is open', async () => {
  const open = async () => (await askPanel('tallyspan-a2a-communication', 'open-streams'))[0]?.value;
  await expect.poll(open, { timeout: 10_000, interval: 500 }).toBe(0);
});

it('OBS-53 an agent that ends is shown as down with the next scrape', async () => {
  const up = async () => (await askPanel('tallyspan-platform-overview', 'agents-up')).map(({ value }) => value);
  expect(await up()).toEqual([1]);
  planner.kill('SIGKILL');
  await expect.poll(up, { timeout: 10_000, interval: 500 }).toEqual([0]);
});

it('OBS-52 OBS-60 the committed dashboards have 23 and 19 panels', () => {
  const count = (uid: string) =>
    (JSON.parse(readFileSync(resolve(root, `deploy/grafana/dashboards/${uid}.json`), 'utf8')) as { panels: unknown[] })
      .panels.length;
  for (const suffix of ['', '-clickhouse']) {
    expect(count(`tallyspan-platform-overview${suffix}`)).toBe(23);
    expect(count(`tallyspan-a2a-communication${suffix}`)).toBe(19);
  }
});

/** A query with what Grafana would fill in. Only figures: a share of nothing is none. */
async function ask(promql: string): Promise<Sample[]> {
  const filled = promql
    .replaceAll('$__rate_interval', '30s')
    .replaceAll('$__range', '10m')
    .replaceAll(/\$(tenant|agent)/g, '.*');
  return (await prometheus.query(filled)).filter(({ value }) => Number.isFinite(value));
}

/** The first query of a panel. */
function askPanel(board: string, id: string): Promise<Sample[]> {
  const { queries } = boards.find(({ uid }) => uid === board)!.panels.find((panel) => panel.id === id)!;
  return ask(queries[0]!.promql);
}

async function work(): Promise<void> {
  const env = { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: house.url };
  const run = (example: string) =>
    promisify(execFile)(process.execPath, [resolve(root, `examples/${example}/src/main.ts`)], { env, timeout: 60_000 });
  await Promise.all([run('content-crew'), run('a2a')]);
  await sendSpans(house.url);
  await askPlanner();
}

async function askPlanner(): Promise<void> {
  const client = await new ClientFactory().createFromUrl(plannerUrl);
  const content = { $case: 'text' as const, value: 'one day in Porto' };
  const part = { content, metadata: {}, filename: '', mediaType: 'text/plain' };
  const ids = { messageId: crypto.randomUUID(), contextId: '', taskId: '' };
  const message = { ...ids, role: 1, parts: [part], metadata: {}, extensions: [], referenceTaskIds: [] };
  for await (const event of client.sendMessageStream({ tenant: '', configuration: undefined, metadata: {}, message }))
    void event;
}
