/** A real Prometheus with the committed scrape configuration and rules, on the targets of a test. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSocket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findPrometheus } from '../tools/prometheus.ts';

const deploy = resolve(import.meta.dirname, '../deploy/prometheus');

export interface Sample {
  metric: Record<string, string>;
  value: number;
}

export interface RunningPrometheus {
  url: string;
  /** What an instant query answers; fails when Prometheus cannot read it. */
  query(promql: string): Promise<Sample[]>;
  end(): Promise<void>;
}

/** `targets`: for each job where it is. Once a second instead of four times a minute; nothing else is changed. */
export async function startPrometheus(targets: Record<string, Target[]>): Promise<RunningPrometheus> {
  const programs = findPrometheus();
  if (!programs) throw new Error('There is no Prometheus: node tools/ensure-prometheus.ts');
  const folder = await mkdtemp(join(tmpdir(), 'tallyspan-prometheus-'));
  await cp(deploy, folder, { recursive: true });
  await edit(join(folder, 'prometheus.yml'), (text) =>
    text
      .replace(/(scrape|evaluation)_interval: .*/g, '$1_interval: "1s"')
      // The server of the test is open: no key was made.
      .replace(/ *authorization:\n *credentials_file: .*\n/, ''),
  );
  await edit(join(folder, 'recording.rules.yml'), (text) => text.replace(/interval: .*/, 'interval: "1s"'));
  for (const [job, entries] of Object.entries(targets))
    await writeFile(join(folder, 'targets', `${job}.yml`), JSON.stringify(entries));
  const port = await freePort();
  const args = ['--config.file', join(folder, 'prometheus.yml'), '--storage.tsdb.path', join(folder, 'data')];
  const child = spawn(programs.prometheus, [...args, '--web.listen-address', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${said}`);
    if (
      await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await new Promise((done) => setTimeout(done, 100));
  }
  return {
    url,
    async query(promql) {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: promql }),
      });
      const answer = (await response.json()) as Answer;
      if (answer.status !== 'success') throw new Error(`${promql}: ${answer.error}`);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async end() {
      const closed = new Promise((done) => child.once('close', done));
      child.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Target {
  targets: string[];
  labels?: Record<string, string>;
}

interface Answer {
  status: string;
  error?: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** An exporter that answers what a file says; what only goes up is a hundredth higher with each scrape. */
export async function startExporter(name: string): Promise<{ address: string; server: Server }> {
  const text = await readFile(resolve(import.meta.dirname, 'expositions', `${name}.txt`), 'utf8');
  let scrapes = 0;
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(advance(text, ++scrapes));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function advance(text: string, scrapes: number): string {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
  return text.replace(/^([a-z]\w*)(\{.*\})? (\S+)$/gm, (line, name: string, labels = '', value: string) => {
    const type = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''));
    const rises = type !== 'gauge' && !String(labels).includes('quantile=');
    return rises ? `${name}${labels} ${Number(value) * (1 + scrapes / 100)}` : line;
  });
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

export async function freePort(): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((done) => socket.listen(0, '127.0.0.1', done));
  const { port } = socket.address() as AddressInfo;
  await new Promise((done) => socket.close(done));
  return port;
}
