/** A task reaches a server as spans and as a task trace. It is one thing there, whichever comes first, and costs once. */
import { type FakeProvider, startFakeProvider } from '@tallyspan/fake-provider';
import { createClient, flush, init, role, type TaskTrace, tool, watch } from '@tallyspan/sdk';
import type { Costs, Trace } from '@tallyspan/server';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type House, startHouse } from './house.ts';

const example = resolve(import.meta.dirname, '../examples/task-trace/src/main.ts');
/** Takes spans and keeps them, until it is their turn. */
const held: Buffer[] = [];
const holding = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    if (request.url === '/v1/traces') held.push(Buffer.concat(parts));
    response.end();
  });
});
const address = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function forward(body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf' };
  const { status } = await fetch(`${house.url}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(body) });
  expect(status).toBe(200);
}

let house: House;
let fake: FakeProvider;
beforeAll(async () => {
  holding.listen(0, '127.0.0.1');
  [house, fake] = await Promise.all([startHouse('server'), startFakeProvider(), once(holding, 'listening')]);
});
afterAll(async () => {
  await house.remove();
  holding.close();
  await fake.close();
});

afterEach(() => vi.unstubAllEnvs());

/** What the server says once it has that many spans, and no more come. */
async function stored(traceId: string, spans: number): Promise<{ trace: Trace; costs: Costs }> {
  for (;;) {
    const trace = await house.get<Trace>(`/api/v1/traces/${traceId}`).catch(() => undefined);
    if (trace && trace.spans.length >= spans)
      return { trace, costs: await house.get<Costs>(`/api/v1/costs?by=tenant,agent,role,model&traceId=${traceId}`) };
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

it('INF-48 INF-44 the example prints its steps with model, tokens, latency and cost, and the server has them once', async () => {
  const env = { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: house.url };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example], { env });
  expect(stderr).toBe('');
  const [head, first, editor, second, last] = stdout.trim().split('\n');
  expect(head).toMatch(/^Summarise article: \d+ tokens, \$0\.\d+$/);
  expect(first).toMatch(/^ {2}chat gpt-4o gpt-4o-[\d-]+: \d+ in \+ \d+ out → \$0\.\d+, [\d.]+ ms$/);
  expect(editor).toMatch(/^ {2}role editor \(editor\), [\d.]+ ms$/);
  expect(second).toMatch(/^ {2}chat gpt-4o-mini \(editor\) gpt-4o-mini-[\d-]+: /);
  const { trace, costs } = await stored(last!.replace('trace ', ''), 4);
  expect(trace.spans.map(({ name, agent }) => [name, agent]).toSorted()).toEqual([
    ['chat gpt-4o', 'summariser'],
    ['chat gpt-4o-mini', 'summariser'],
    ['invoke_workflow Summarise article', 'summariser'],
    ['role editor', 'summariser'],
  ]);
  expect(costs.total.calls).toBe(2);
  expect(head).toContain(`$${Number(costs.total.costUsd)}`);
});

it.each([
  ['spans first', ['spans', 'task']],
  ['the task first', ['task', 'spans']],
  ['the task alone, where spans go elsewhere', ['task']],
  ['each of them twice', ['spans', 'task', 'spans', 'task']],
] as const)('INF-45 COST-20 with %s, a task costs what it says, by agent, role and model', async (_, order) => {
  held.length = 0;
  // A span is known by its tenant too, which a task has to say as its spans do.
  vi.stubEnv('TALLYSPAN_TENANT', 'acme-corp');
  init({ endpoint: address(holding) });
  const client = createClient({ agentId: 'summariser', agentSecret: 'not-asked-for', endpoint: house.url });
  const openai = watch(new OpenAI({ apiKey: 'k', baseURL: fake.openaiBaseUrl, maxRetries: 0 }));
  const ask = (model: string) =>
    openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hi.' }] });
  fake.enqueue({ usage: { input: 1_000, output: 50, cacheRead: 640, reasoning: 5 } });
  let task: TaskTrace | undefined;
  await client.trace('Compare', { autoSend: false, onEnd: (trace) => (task = trace) }, async () => {
    await ask('gpt-4o');
    await role('writer', () => tool('search', () => ask('gpt-4o-mini'))());
  })();
  await flush();
  for (const what of order) {
    if (what === 'task') client.send(task!);
    else for (const body of held) await forward(body);
    await client.flush();
    await stored(task!.traceId, 5);
  }
  expect(client).toMatchObject({ problem: undefined, counts: { dropped: 0 } });

  const { trace, costs } = await stored(task!.traceId, 5);
  expect(trace.spans).toHaveLength(5);
  expect(Number(costs.total.costUsd)).toBeCloseTo(task!.cost, 9);
  expect(costs.total).toMatchObject({
    calls: 2,
    inputTokens: task!.usage.promptTokens,
    outputTokens: task!.usage.completionTokens,
    cacheReadTokens: 640,
    reasoningTokens: 5,
  });
  const rows = costs.rows.map(({ key, calls }) => [...key.map((value) => value?.replace(/-20.*/, '') ?? null), calls]);
  expect(rows.toSorted()).toEqual([
    ['acme-corp', 'summariser', null, 'gpt-4o', 1],
    ['acme-corp', 'summariser', 'writer', 'gpt-4o-mini', 1],
  ]);
  const ids = new Set(trace.spans.map(({ spanId }) => spanId));
  expect(ids).toEqual(new Set([task!.spanId, ...task!.steps.map(({ spanId }) => spanId)]));
  for (const { parentSpanId } of trace.spans) expect(parentSpanId === null || ids.has(parentSpanId)).toBe(true);
});
