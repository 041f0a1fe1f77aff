import { limits } from '@tallyspan/facts';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Output } from './output.ts';
import type { Started } from './runtime.ts';

export interface Bounds {
  timeoutSeconds: number;
  memoryBytesMax: number;
  outputBytesMax: number;
  signal?: AbortSignal | undefined;
}

/** Why a program was ended before its time. */
type Ended = 'timeout' | 'memory' | 'output' | 'aborted' | 'start';

export interface Ran {
  stdout: string;
  stderr: string;
  /** Null where it was killed. */
  exitCode: number | null;
  durationMs: number;
  truncated: boolean;
  endedBy: Ended | undefined;
  /** Whether the program began at all. */
  begun: boolean;
}

/** Programs that are running: they must not outlive the process that asked for them. */
const running = new Set<ChildProcess>();

function endAll(): void {
  for (const child of running) kill(child);
}

/** Runs a runtime with a program until it ends or a bound is reached. Rejects only when it cannot be started. */
export function runConfined({ command, args, input }: Started, cwd: string, bounds: Bounds): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = start(command, args, cwd, bounds);
    const stdout = new Output(bounds.outputBytesMax);
    const stderr = new Output(bounds.outputBytesMax);
    let endedBy: Ended | undefined;
    let beganAt: number | undefined;
    let memory: NodeJS.Timeout | undefined;
    const end = (by: Ended) => {
      endedBy ??= by;
      kill(child);
    };
    let deadline = setTimeout(() => end('start'), limits.sandboxStartMsMax);
    const begins = () => {
      beganAt = performance.now();
      clearTimeout(deadline);
      deadline = setTimeout(() => end('timeout'), Math.min(bounds.timeoutSeconds * 1000, limits.timerMsMax));
      memory = watchMemory(child.pid, bounds.memoryBytesMax, () => end('memory'));
    };
    const aborted = () => end('aborted');
    bounds.signal?.addEventListener('abort', aborted, { once: true });
    if (bounds.signal?.aborted) aborted();
    const discards = () => stdout.discarded + stderr.discarded > limits.sandboxDiscardBytesMax && end('output');
    child.stdout!.on('data', (part: Buffer) => {
      stdout.add(part);
      discards();
    });
    child.stderr!.on('data', (part: Buffer) => {
      const isBegin = beganAt === undefined ? part.indexOf(0) : -1;
      if (isBegin >= 0) begins();
      if (isBegin > 0) stderr.add(part.subarray(0, isBegin));
      stderr.add(isBegin < 0 ? part : part.subarray(isBegin + 1));
      discards();
    });
    // A runtime that is killed while it reads.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    const over = () => {
      clearTimeout(deadline);
      clearInterval(memory);
      bounds.signal?.removeEventListener('abort', aborted);
      running.delete(child);
      if (running.size === 0) process.removeListener('exit', endAll);
    };
    child.once('error', (error) => {
      over();
      reject(error);
    });
    child.once('close', (exitCode) => {
      over();
      const said = stderr.text();
      // V8 ends the process when its heap is full, and says so.
      if (exitCode === null && HEAP_IS_FULL.test(said)) endedBy ??= 'memory';
      resolve({
        stdout: stdout.text(),
        stderr: said,
        exitCode: endedBy === undefined ? exitCode : null,
        durationMs: beganAt === undefined ? 0 : performance.now() - beganAt,
        truncated: stdout.discarded + stderr.discarded > 0,
        endedBy,
        begun: beganAt !== undefined,
      });
    });
  });
}

const HEAP_IS_FULL = /^(<--- Last few GCs --->|# Fatal JavaScript (invalid size error|out of memory))/m;

/**
 * In a process group of its own, with nothing of our environment. Where there is a shell, the kernel bounds its processor time too: a
 * loop must not run for ever when this process is killed and can end nothing any more.
 */
function start(command: string, args: readonly string[], cwd: string, { timeoutSeconds }: Bounds): ChildProcess {
  const env = {
    NO_COLOR: '1',
    DENO_DIR: process.platform === 'win32' ? 'NUL' : '/dev/null',
    DENO_NO_UPDATE_CHECK: '1',
  };
  const options = { cwd, env, stdio: 'pipe' as const, detached: process.platform !== 'win32', windowsHide: true };
  const cpuSeconds = Math.ceil(limits.sandboxStartMsMax / 1000 + timeoutSeconds * 4);
  const child =
    process.platform === 'win32'
      ? spawn(command, args, options)
      : spawn('/bin/sh', ['-c', `ulimit -c 0; ulimit -t ${cpuSeconds}; exec "$0" "$@"`, command, ...args], options);
  if (running.size === 0) process.once('exit', endAll);
  running.add(child);
  return child;
}

function kill(child: ChildProcess): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Linux tells what a process holds; elsewhere only the heap of V8 and the memory of WebAssembly are bounded, by their own limits. */
function watchMemory(pid: number | undefined, bytesMax: number, full: () => void): NodeJS.Timeout | undefined {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  let base: number | undefined;
  let looks = false;
  const look = async () => {
    if (looks) return;
    looks = true;
    try {
      // Pages of 4 KiB: the second number is what is resident.
      const bytes = Number((await readFile(`/proc/${pid}/statm`, 'latin1')).split(' ')[1]) * 4096;
      base ??= bytes;
      // What the runtime itself holds is not the program's.
      if (bytes - Math.min(base, RUNTIME_BYTES) > bytesMax) full();
    } catch {
      // It has ended.
    }
    looks = false;
  };
  void look();
  return setInterval(() => void look(), limits.sandboxMemoryEveryMs);
}

/** What Deno with Python in it holds at most when a program begins. */
const RUNTIME_BYTES = 512 * 1024 * 1024;
