/** Starts the house the way a person does, in a process of its own, on a free port with an empty data folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '..');

export interface House {
  url: string;
  pid: number;
  dataDir: string;
  /** Where it takes OTLP/gRPC, which it says a moment after it is ready. */
  grpcPort(): Promise<number>;
  /** Everything it has printed so far. */
  printed(): string;
  get<Answer>(path: string): Promise<Answer>;
  /** Ends it with a signal and answers its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

let engineUrl: string | undefined;

/** From now on every house that does not say where it stores does so in this ClickHouse, each in a database of its own. */
export function storeIn(clickhouse: { url: string } | undefined): void {
  engineUrl = clickhouse?.url.replace('http:', 'clickhouse:');
}

/** A house that is opened again on its folder finds its database. */
function whereTo(folder: string, options: readonly string[]): string[] {
  if (engineUrl === undefined || options.includes('--clickhouse')) return [];
  return ['--clickhouse', `${engineUrl}/${basename(folder)}`];
}

/** `start`: `npm start` without npm, crew and all. `server`: `tallyspan start`, empty. Resolves when `ready` was printed. */
export async function startHouse(what: 'start' | 'server', dataDir?: string, options: string[] = []): Promise<House> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'tallyspan-e2e-')));
  const command = what === 'start' ? ['tools/start.ts'] : ['packages/cli/src/main.ts', 'start'];
  const ready = what === 'start' ? 'Ctrl-C stops it.' : 'is listening on';
  const args = [...command, '--port', '0', '--data-dir', folder, ...options, ...whereTo(folder, options)];
  const child = spawn(process.execPath, args, { cwd: root, env: quiet() });
  const output = collect(child);
  await until(child, output, ready);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text)?.[0];
  if (!url) throw new Error(`no address in: ${output.text}`);
  const stop = (signal: NodeJS.Signals = 'SIGTERM') =>
    new Promise<number | null>((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done(child.exitCode);
      child.once('close', (code) => done(code));
      child.kill(signal);
    });
  return {
    url,
    pid: child.pid!,
    dataDir: folder,
    printed: () => output.text,
    async grpcPort() {
      for (;;) {
        const port = /OTLP\/gRPC is taken on 127\.0\.0\.1:(\d+)\n/.exec(output.text)?.[1];
        if (port !== undefined) return Number(port);
        if (child.exitCode !== null) throw new Error(`ended without OTLP/gRPC:\n${output.text}`);
        await sleep(10);
      }
    },
    async get<Answer>(path: string) {
      const response = await fetch(url + path);
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Answer;
    },
    stop,
    async remove() {
      await stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The tests' own settings must not reach the program under test. */
function quiet(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(OTEL_|TALLYSPAN_|VITEST|NODE_OPTIONS)/.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

function collect(child: ChildProcess): { text: string } {
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (output.text += data.toString()));
  return output;
}

function until(child: ChildProcess, output: { text: string }, ready: string): Promise<void> {
  return new Promise((done, fail) => {
    const look = () => output.text.includes(ready) && done();
    child.stdout?.on('data', look);
    child.once('close', (code) => fail(new Error(`ended with ${code} before it was ready:\n${output.text}`)));
  });
}
