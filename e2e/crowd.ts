/** A program with a budget of the server: it makes calls at once with a client that answers by itself, and tells how each ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

const source = `
import { agent, flush, init, watch } from ${JSON.stringify(new URL('../packages/sdk/src/index.ts', import.meta.url).href)};
import { OpenAI } from ${JSON.stringify(import.meta.resolve('openai'))};
const { calls, usage, model = 'gpt-4o', name = 'crowd', rounds = 1, ...budgets } = JSON.parse(process.argv[2]);
init({ budgets, metrics: false });
let sent = 0;
const answer = { id: 'chatcmpl-1', model: 'gpt-4o-2024-08-06', choices: [], usage };
const fetch = async () => {
  sent++;
  await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 30));
  return Response.json(answer);
};
const client = watch(new OpenAI({ apiKey: 'k', fetch, maxRetries: 0 }));
const request = { model, max_tokens: 20, messages: [{ role: 'user', content: 'Say hello.' }] };
const crowd = agent({ name }, async () => {
  const all = [];
  for (let round = 0; round < rounds; round++)
    all.push(...await Promise.allSettled(Array.from({ length: calls }, () => client.chat.completions.create(request))));
  return all;
});
const began = performance.now();
const settled = await crowd();
const tookMs = performance.now() - began;
await flush();
const refusals = settled.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
console.log(JSON.stringify({
  sent,
  made: settled.length - refusals.length,
  refused: refusals.filter(({ name }) => name === 'BudgetExceededError').length,
  limit: refusals[0]?.state?.limit,
  estimated: String(refusals[0]?.state?.estimated ?? 0n),
  message: refusals[0]?.message,
  tookMs,
}));
`;

export interface Told {
  sent: number;
  made: number;
  refused: number;
  limit?: string;
  /** Of one call, in nano-dollars. */
  estimated: string;
  message?: string;
}

export interface Crowd {
  /** Runs it in a process of its own that sends to this server. */
  run(url: string, options: object): Promise<Told>;
  remove(): Promise<void>;
}

export async function makeCrowd(): Promise<Crowd> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyspan-budgets-'));
  const file = join(folder, 'crowd.mts');
  await writeFile(file, source);
  return {
    async run(url, options) {
      const child = spawn(process.execPath, [file, JSON.stringify(options)], {
        env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: url },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [output, trouble] = [[] as Buffer[], [] as Buffer[]];
      child.stdout.on('data', (piece: Buffer) => output.push(piece));
      child.stderr.on('data', (piece: Buffer) => trouble.push(piece));
      const [code] = (await once(child, 'close')) as [number];
      expect(code, Buffer.concat(trouble).toString()).toBe(0);
      return JSON.parse(Buffer.concat(output).toString()) as Told;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
