import { execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Result {
  name: string;
  value: number;
  unit: string;
  /** What we want to reach; shown, not enforced: machines are noisy. */
  aim?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** CPU of this thread where Node can tell it (24), as other processes must not count. */
export function cpuMicros(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } };
  if (!threadCpuUsage) return performance.now() * 1000;
  const { user, system } = threadCpuUsage.call(process);
  return user + system;
}

/** An OTLP receiver in a process of its own: its work must not be counted as the sender's. */
export async function sinkProcess(): Promise<{ url: string; close(): Promise<void> }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./sink.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', () => reject(new Error('the sink ended before it was ready')));
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}

/** Prints the figures and keeps them with the commit they belong to. */
export async function report(name: string, results: readonly Result[]): Promise<void> {
  const width = Math.max(...results.map((result) => result.name.length));
  console.log(`\n${name}: Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}\n`);
  for (const { name: what, value, unit, aim } of results) {
    console.log(`  ${what.padEnd(width)}  ${value.toFixed(2).padStart(9)} ${unit}${aim ? `   (aim ${aim})` : ''}`);
  }
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const directory = new URL('./results/', import.meta.url);
  await mkdir(directory, { recursive: true });
  const record = {
    commit,
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim(),
    results,
  };
  await writeFile(new URL(`${name}.json`, directory), `${JSON.stringify(record, null, 2)}\n`);
}
