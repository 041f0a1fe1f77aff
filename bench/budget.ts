/**
 * How long a budget's decision takes: at the server (over HTTP, from a process of its own, beside a bare answer of the same server), and
 * in the user's process, where a call is decided within a lease. A hundred budgets stand at the server, ten of which are about the call.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { init, watch } from '@tallyspan/sdk';
import { cpuMicros, median, report, type Result, sinkProcess } from './measure.ts';

/** One connection, kept open, as askers have. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const asks = 2_000;
const calls = 5_000;
const results: Result[] = [];

const child = spawn(process.execPath, [fileURLToPath(new URL('./ingest-server.ts', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = (await once(child.stdout, 'data')) as [Buffer];
const url = line.toString().trim();
for (let index = 0; index < 100; index++) {
  const scope = index % 10 === 0 ? { agent: 'crew' } : { agent: `agent ${index}` };
  await ask('POST', '/api/v1/budgets', {
    name: `b${index}`,
    scope,
    limits: { usd: '1000000' },
    window: 'day',
    action: 'block',
  });
}
await measure('a bare answer of the server (GET /healthz)', () => ask('GET', '/healthz'), undefined);
await measure(
  'a decision (GET /budgets/decision)',
  () => ask('GET', '/api/v1/budgets/decision?agent=crew&model=gpt-4o&estimateUsd=0.01'),
  '≤ 2',
);
const lease = { asker: 'bench', traced: true, scope: { agent: 'crew' }, need: { usd: '0.01', tokens: 100, calls: 1 } };
await measure('a lease (POST /budgets/leases)', () => ask('POST', '/api/v1/budgets/leases', lease), undefined);
child.kill('SIGTERM');
await once(child, 'exit');

const quota = { usd: '1000000', tokens: 1_000_000_000, calls: 1_000_000_000 };
const answer = JSON.stringify({
  ttlMs: 600_000,
  leases: [
    {
      ...{
        account: 'b.1@today',
        serial: 's',
        inScope: true,
        name: 'b',
        window: 'day',
        limit: quota,
        spent: quota,
        quota,
      },
      ...{ limits: { usd: true, tokens: true, calls: true }, retryAt: null },
    },
  ],
});
const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
});
server.listen(0, '127.0.0.1').unref();
await once(server, 'listening');
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const sink = await sinkProcess();
const small = {
  ...{
    id: 'chatcmpl-bench',
    model: 'gpt-4o-2024-08-06',
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi.' } }],
};
const client = watch({
  baseURL: 'https://api.openai.com/v1',
  chat: { completions: { create: (_body: object) => Promise.resolve(small) } },
  embeddings: { create: () => undefined },
});
const body = { model: 'gpt-4o', max_tokens: 20, messages: [{ role: 'user', content: 'Say hello.' }] };
const micros: Record<'off' | 'on', number[]> = { off: [], on: [] };
for (let round = 0; round < 7; round++) {
  for (const way of ['off', 'on'] as const) {
    init({ endpoint: sink.url, metrics: false, budgets: way === 'on' && { endpoint } });
    for (let warm = 0; warm < 200; warm++) await client.chat.completions.create(body);
    const before = cpuMicros();
    for (let index = 0; index < calls; index++) await client.chat.completions.create(body);
    micros[way].push((cpuMicros() - before) / calls);
  }
}
results.push(
  { name: 'a watched call without budgets', value: median(micros.off), unit: 'µs' },
  { name: 'a watched call within a lease', value: median(micros.on), unit: 'µs' },
);
await report('budget', results);
await sink.close();

async function measure(name: string, work: () => Promise<unknown>, aim: string | undefined): Promise<void> {
  for (let warm = 0; warm < 500; warm++) await work();
  const took: number[] = [];
  const before = cpuMillisOf(child.pid!);
  for (let index = 0; index < asks; index++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  const used = cpuMillisOf(child.pid!);
  if (before !== undefined && used !== undefined)
    results.push({ name: `${name}, CPU of the server`, value: (used - before) / asks, unit: 'ms' });
  took.sort((left, right) => left - right);
  results.push(
    { name: `${name}, median`, value: took[asks / 2]!, unit: 'ms' },
    { name: `${name}, p99`, value: took[Math.floor(asks * 0.99)]!, unit: 'ms', ...(aim !== undefined && { aim }) },
  );
}

/** All CPU that a process has used, where the system tells it: in steps of 10 ms, which two thousand calls make small. */
function cpuMillisOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

function ask(method: string, path: string, sent?: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const text = sent === undefined ? '' : JSON.stringify(sent);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const outgoing = httpRequest(url + path, { method, headers, agent }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode! < 300) resolve(response.statusCode!);
        else reject(new Error(`${path} answered ${response.statusCode}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
