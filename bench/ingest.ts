/**
 * How fast requests are acknowledged, with everything on (check, fsync, drain, price, store), how fast spans are stored for good, and
 * what a small request waits for while a large one is read. `node bench/ingest.ts [path of another server.ts]`: a second tree, to
 * compare with in the same run. With BENCH_ONLY=stored only what is stored is measured, into a
 * file of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { median, report, type Result } from './measure.ts';
import { bodyOf, hostile } from './ingest-bodies.ts';
import { post, sustain } from './ingest-sustained.ts';

const secondsEach = 4;
const rounds = 3;
const senders = 8;

/** Each figure of the other tree comes right before ours: the machine is never the same for long. */
const trees: [name: string, file: string | undefined][] = [['', undefined]];
if (process.argv[2]) trees.unshift(['before: ', process.argv[2]]);
const results: Result[] = [];
const onlyStored = process.env['BENCH_ONLY'] === 'stored';
for (const [name, file] of trees) {
  for (const parts of [1, 4])
    results.push(...(await withServer(file, (url, child) => sustain(name, url, child, parts))));
}
for (const spans of onlyStored ? [] : [100, 1_000]) {
  const measured = new Map(trees.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, file] of trees)
      measured.get(name)!.push(await withServer(file, (url) => ackedPerSecond(url, spans)));
  }
  for (const [name, values] of measured)
    results.push({
      name: `${name}acknowledged, batches of ${spans}`,
      value: median(values),
      unit: 'spans/s',
      aim: '≥ 25,000',
    });
}
for (const [what, makeBody] of onlyStored ? [] : Object.entries(hostile)) {
  for (const [name, file] of trees) {
    const { p99, max, took } = await withServer(file, (url) => waitsBehind(url, makeBody()));
    results.push(
      { name: `${name}small request behind ${what}, p99`, value: p99, unit: 'ms' },
      { name: `${name}small request behind ${what}, worst`, value: max, unit: 'ms' },
      { name: `${name}${what}: answered`, value: took, unit: 'ms' },
    );
  }
}
await report(onlyStored ? 'ingest-stored' : 'ingest', results);

async function withServer<Answer>(
  file: string | undefined,
  work: (url: string, child: ChildProcess) => Promise<Answer>,
): Promise<Answer> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./ingest-server.ts', import.meta.url)), ...(file ? [file] : [])],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  try {
    return await work(line.toString().trim(), child);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

/** Senders that wait for each answer, as exporters do. */
async function ackedPerSecond(url: string, spansPerBody: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const bodies = Array.from({ length: 40 }, (_, index) => bodyOf(index * spansPerBody, spansPerBody));
  await post(url, bodies[0]!, agent);
  const startedAt = performance.now();
  let acked = 0;
  let next = 0;
  const sender = async () => {
    while (performance.now() - startedAt < secondsEach * 1_000) {
      const status = await post(url, bodies[next++ % bodies.length]!, agent);
      if (status === 200) acked += spansPerBody;
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  agent.destroy();
  return acked / ((performance.now() - startedAt) / 1_000);
}

/** A small request every few milliseconds, from before a large one is sent until two seconds after its answer. */
async function waitsBehind(url: string, large: Buffer): Promise<{ p99: number; max: number; took: number }> {
  const agent = new Agent({ keepAlive: true });
  const small = bodyOf(0, 1);
  for (let warm = 0; warm < 50; warm++) await post(url, small, agent);
  const waits: number[] = [];
  let going = true;
  const asking = (async () => {
    const open: Promise<unknown>[] = [];
    while (going) {
      const startedAt = performance.now();
      open.push(post(url, small, agent).then(() => waits.push(performance.now() - startedAt)));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(open);
  })();
  const startedAt = performance.now();
  await post(url, large, new Agent());
  const took = performance.now() - startedAt;
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  going = false;
  await asking;
  agent.destroy();
  waits.sort((left, right) => left - right);
  return { p99: waits[Math.floor(waits.length * 0.99)]!, max: waits.at(-1)!, took };
}
