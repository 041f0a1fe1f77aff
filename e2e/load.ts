/** Senders as they are under load: bodies made once and told apart by one id each, and what came of all of them. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const place = 'f'.repeat(32);

/** A body of so many priced calls, each of its own span id; the trace's id is filled in by {@link bodyWith}. */
export function bodyOfCalls(calls: number, more: Record<string, string> = {}): Buffer {
  const start = BigInt(Date.now()) * 1_000_000n;
  const attributes = Object.entries({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'gen_ai.agent.name': 'crowd',
    ...more,
  }).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const spans = Array.from({ length: calls }, (_, index) => ({
    traceId: place,
    spanId: (index + 1).toString(16).padStart(16, '0'),
    ...{ name: 'chat gpt-4o', kind: 3, startTimeUnixNano: String(start), endTimeUnixNano: String(start + 1_000_000n) },
    attributes: [
      ...attributes,
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '1000' } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '100' } },
    ],
  }));
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
}

/** The same calls in another trace. */
export function bodyWith(body: Buffer, trace: number): Buffer {
  const copy = Buffer.from(body);
  const id = trace.toString(16).padStart(32, '0');
  for (let at = copy.indexOf(place); at >= 0; at = copy.indexOf(place, at + 32)) copy.write(id, at);
  return copy;
}

export interface Outcome {
  status: number;
  retryAfter: number;
  ms: number;
}

/** Sends once; a connection that breaks is status 0. */
export async function sendBody(url: string, body: Buffer, key?: string): Promise<Outcome> {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) };
  const began = performance.now();
  try {
    const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(body) });
    await response.arrayBuffer();
    const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
    return { status: response.status, retryAfter, ms: performance.now() - began };
  } catch {
    return { status: 0, retryAfter: NaN, ms: performance.now() - began };
  }
}

/** So many of a hundred are no longer. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100))] ?? 0;
}

/** Of a process: its resident memory now and at most, and the processor time that it has used. */
export async function usageOf(pid: number): Promise<{ rssMiB: number; rssMiBMax: number; cpuMs: number }> {
  const [status, stat] = await Promise.all(['status', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')));
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status!)?.[1] ?? 0) / 1_024;
  const [user, system] = stat!
    .slice(stat!.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return { rssMiB: of('VmRSS'), rssMiBMax: of('VmHWM'), cpuMs: (user! + system!) * 10 };
}

/** Takes memory away beyond this where the system lets us (cgroup v1 as root); answers how to lift it, or nothing. */
export async function limitMemory(pid: number, bytesMax: number): Promise<(() => Promise<void>) | undefined> {
  const group = join('/sys/fs/cgroup/memory', `tallyspan-${pid}`);
  if (!existsSync('/sys/fs/cgroup/memory/cgroup.procs')) return undefined;
  try {
    await mkdir(group);
    await writeFile(join(group, 'memory.limit_in_bytes'), String(bytesMax));
    await writeFile(join(group, 'cgroup.procs'), String(pid));
    return async () => rmdir(group).catch(() => {});
  } catch {
    return undefined;
  }
}
