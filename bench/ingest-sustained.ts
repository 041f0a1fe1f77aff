/** How many spans a server stores for good, second after second, and what that takes of both processors and of memory. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { agentBodies } from './ingest-agents.ts';
import { median, type Result } from './measure.ts';

const seconds = 20;
const senders = 4;
const spansPerBody = 500;
/** Senders pause while more waits to be stored: some seconds of work. */
const backlogBytesMax = 12 * 1024 ** 2;

interface Usage {
  cpuMicros: number;
  mainMicros: number;
  rssBytes: number;
}

/** `parts`: how many requests the spans of one trace come in. The server must answer a message with what it has used. */
export async function sustain(tree: string, url: string, server: ChildProcess, parts: number): Promise<Result[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const maker = agentBodies(spansPerBody, parts);
  let next = 0;
  while (next < 12) await post(url, maker.make(next++), agent);
  await drained(url);

  const before = { ...(await usageOf(server)), own: process.cpuUsage(), atMs: performance.now() };
  const sentUntil = before.atMs + seconds * 1_000;
  let acked = 0;
  let hold = false;
  let newest: { traceId: string; atMs: number } | undefined;
  const rss: number[] = [];
  const watching = every(200, async () => {
    hold = (await backlogOf(url)) > backlogBytesMax;
    rss.push((await usageOf(server)).rssBytes);
  });
  const waits: number[] = [];
  const probing = every(300, async () => {
    if (!newest) return;
    const { traceId, atMs } = newest;
    newest = undefined;
    while ((await statusOf(`${url}/api/v1/traces/${traceId}`, agent)) !== 200) await pause(50);
    waits.push(performance.now() - atMs);
  });
  const sender = async () => {
    while (performance.now() < sentUntil) {
      if (hold) await pause(20);
      else {
        // A copy: the next sender writes over the ids in it.
        const body = Buffer.from(maker.make(next++));
        if ((await post(url, body, agent)) !== 200) continue;
        acked += spansPerBody;
        newest = { traceId: firstTraceId(body), atMs: performance.now() };
      }
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  const ackedMs = performance.now() - before.atMs;
  await drained(url);
  const storedMs = performance.now() - before.atMs;
  const after = await usageOf(server);
  const own = process.cpuUsage(before.own);
  await Promise.all([watching(), probing()]);
  agent.destroy();

  waits.sort((left, right) => left - right);
  const micros = (sum: number) => sum / acked;
  const how = parts === 1 ? 'whole traces' : `traces in ${parts} requests`;
  const result = (name: string, value: number, unit: string, aim?: string): Result => ({
    ...{ name: `${tree}${how}, batches of ${spansPerBody}: ${name}`, value, unit },
    ...(aim !== undefined && { aim }),
  });
  return [
    result('acknowledged', acked / (ackedMs / 1_000), 'spans/s', '≥ 25,000'),
    result('stored', acked / (storedMs / 1_000), 'spans/s', '≥ 25,000, then 80,000'),
    result('processor time of the server', micros(after.cpuMicros - before.cpuMicros), 'µs/span'),
    result('of that its main thread', micros(after.mainMicros - before.mainMicros), 'µs/span'),
    result('processor time of the senders', micros(own.user + own.system), 'µs/span'),
    result('processors that the server got', (after.cpuMicros - before.cpuMicros) / 1_000 / storedMs, 'of 2'),
    result(
      'from acknowledged to queryable, p95',
      waits[Math.floor(waits.length * 0.95)] ?? Number.NaN,
      'ms',
      '≤ 2,000',
    ),
    result('resident memory, median', median(rss) / 1024 ** 2, 'MiB', '≤ 512'),
    result('resident memory, most', Math.max(...rss) / 1024 ** 2, 'MiB'),
  ];
}

export function post(url: string, body: Buffer, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const outgoing = httpRequest(`${url}/v1/traces`, { method: 'POST', headers, agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode!));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode!));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

async function usageOf(server: ChildProcess): Promise<Usage> {
  server.send('usage');
  const [usage] = (await once(server, 'message')) as [Usage];
  return usage;
}

async function backlogOf(url: string): Promise<number> {
  const { backlog } = (await (await fetch(`${url}/readyz`)).json()) as { backlog: { bytes: number } };
  return backlog.bytes;
}

async function drained(url: string): Promise<void> {
  while ((await backlogOf(url)) > 0) await pause(20);
}

/** Does `work` again and again, with pauses. Answers how to stop it. */
function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  let going = true;
  const running = (async () => {
    while (going) {
      await work();
      await pause(ms);
    }
  })();
  return async () => {
    going = false;
    await running;
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The first bytes field of sixteen bytes. */
function firstTraceId(body: Buffer): string {
  const at = body.indexOf(Buffer.from([0x0a, 0x10])) + 2;
  return body.toString('hex', at, at + 16);
}
