import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The real command in a process of its own, until it ends. */
export async function runCli(
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawnCli(args, options);
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout.text, stderr: stderr.text };
}

export interface StartedCli {
  child: ChildProcess;
  url: string;
  stdout: { text: string };
  stderr: { text: string };
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** `tallyspan start` on a free port; resolves when it listens. */
export async function startCli(dataDir: string, options: string[] = []): Promise<StartedCli> {
  const child = spawnCli(['start', '--port', '0', '--data-dir', dataDir, ...options]);
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)];
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', () => {
      const match = /listening on (http:\S+)/.exec(stdout.text);
      if (match) resolve(match[1]!);
    });
    void closed.then(() => reject(new Error(`it ended: ${stderr.text}`)));
  });
  return {
    child,
    url,
    stdout,
    stderr,
    async end(signal) {
      child.kill(signal);
      const [code, by] = await closed;
      return { code, signal: by };
    },
  };
}

/** The same, to be talked to while it runs. */
export function spawnCli(
  args: string[],
  { cwd, env }: { cwd?: string; env?: Record<string, string> } = {},
): ChildProcess {
  const { TALLYSPAN_PORT: _port, TALLYSPAN_DATA_DIR: _dataDir, ...inherited } = process.env;
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...inherited, ...env } });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

const running = new Set<ChildProcess>();

/** Ends what a failed test left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

function collect(stream: NodeJS.ReadableStream): { text: string } {
  const collected = { text: '' };
  stream.on('data', (piece: Buffer) => (collected.text += piece.toString()));
  return collected;
}
