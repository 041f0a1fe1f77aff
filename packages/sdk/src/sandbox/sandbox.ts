import { type Facts, limits, TallyError } from '@tallyspan/facts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../failure.ts';
import { runOperation } from '../operation.ts';
import { type Bounds, type Ran, runConfined } from './confined-process.ts';
import { exitFailure } from './exit-failure.ts';
import { type RuntimePaths, type SandboxLanguage, startOf, unavailable } from './runtime.ts';

export type { SandboxLanguage } from './runtime.ts';

/** The bounds of one program. */
interface ProgramBounds {
  /** After which it is ended. Starting the runtime is not counted. Default 30. */
  timeoutSeconds?: number;
  /** What the program may hold beside its runtime. Default 256 MiB. On Linux all memory is watched, elsewhere V8 and WebAssembly keep to it. */
  memoryBytesMax?: number;
  /** What is kept of `stdout`, and of `stderr`. Default 1 MiB each. A program that writes 64 MiB more is ended. */
  outputBytesMax?: number;
}

/** `deno`, `pyodide`: where they are, when not in the application's node_modules. The bounds hold for programs that are given none. */
export interface SandboxOptions extends ProgramBounds, RuntimePaths {}

export interface ExecOptions extends ProgramBounds {
  /** Default `javascript`. TypeScript loses its types, unchecked. */
  language?: SandboxLanguage;
  /** The only variables that the program sees. Do not put secrets here: the program may print them. */
  env?: Readonly<Record<string, string>>;
  /** Ends the program; `exec` then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
  /** Null when the program was ended for going over a bound. */
  exitCode: number | null;
  /** Of the program, without the start of its runtime. */
  durationMs: number;
  /** It ended by itself with exit code 0. */
  ok: boolean;
  timedOut: boolean;
  /** It wrote more than was kept. */
  truncated: boolean;
  /** The bound that it went over and was ended for. */
  endedBy?: 'timeout' | 'memory' | 'output';
}

export interface Sandbox {
  /**
   * Runs a program to its end. One that fails, or goes over a bound, is a result; rejects with a `TallyError` (`SANDBOX_UNAVAILABLE`)
   * only when there is nothing to run it in.
   */
  exec(code: string, options?: ExecOptions): Promise<ExecResult>;
}

/**
 * A place for programs that nobody has read: JavaScript and TypeScript in Deno (npm package `deno`), Python in Pyodide inside of Deno
 * (`pyodide`). Each program is a process of its own without files, network, child processes and the environment, in an empty folder.
 * Deno starts in 50 ms; Python takes two to six seconds of one core each time. Each is one `sandbox_exec` span; code and outputs are
 * recorded only where content is on.
 *
 * What it is not: a virtual machine. A program that breaks out of V8 is a program of this machine's user; use a service (E2B, Daytona,
 * Vercel Sandbox) and `observeExec` against people who would try.
 *
 * @example
 * const { stdout, ok } = await sandbox().exec('print(6 * 7)', { language: 'python', timeoutSeconds: 5 });
 */
export function sandbox(options: SandboxOptions = {}): Sandbox {
  boundsOf(options, {});
  return {
    async exec(code, given = {}) {
      const { language = 'javascript', env = {}, signal } = given;
      const bounds = { ...boundsOf(options, given), signal };
      checkNames(env);
      const facts: Facts = {
        operation: 'sandbox_exec',
        sandboxLanguage: language,
        sandboxTimeoutSeconds: bounds.timeoutSeconds,
      };
      return runOperation(facts, () => run(String(code), language, env, bounds, options), {
        arguments: code,
        result: ({ stdout, stderr }) => ({ stdout, stderr }),
        answered: (result, known) => {
          if (result.exitCode !== null) known.exitCode = result.exitCode;
          return failureOf(result);
        },
      });
    },
  };
}

async function run(
  code: string,
  language: SandboxLanguage,
  env: Readonly<Record<string, string>>,
  bounds: Required<ProgramBounds> & Pick<Bounds, 'signal'>,
  paths: RuntimePaths,
): Promise<ExecResult> {
  bounds.signal?.throwIfAborted();
  const started = startOf(language, code, { env, memoryBytesMax: bounds.memoryBytesMax }, paths);
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  let ran: Ran;
  try {
    ran = await runConfined(started, folder, bounds);
  } catch (error) {
    throw unavailable(
      language,
      `${started.command} does not start (${String((error as { code?: unknown }).code)})`,
      FIX,
    );
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
  const { begun, endedBy, durationMs, ...rest } = ran;
  if (endedBy === 'aborted') bounds.signal?.throwIfAborted();
  if (!begun) throw unavailable(language, `its runtime ended before it began: ${firstLine(ran.stderr)}`, FIX);
  return {
    ...rest,
    durationMs: Math.round(durationMs),
    ok: rest.exitCode === 0,
    timedOut: endedBy === 'timeout',
    ...(endedBy !== undefined && isBound(endedBy) && { endedBy }),
  };
}

const FIX = 'Check that deno is version 2.5 or later, and that pyodide is complete.';

function isBound(by: string): by is 'timeout' | 'memory' | 'output' {
  return by === 'timeout' || by === 'memory' || by === 'output';
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 200) || 'it said nothing';
}

function failureOf({ exitCode, endedBy }: ExecResult): Failure | undefined {
  if (endedBy === 'timeout') return { errorType: 'timeout', statusMessage: 'ended at its deadline' };
  if (endedBy !== undefined) return { errorType: `${endedBy}_limit`, statusMessage: `ended for its ${endedBy}` };
  return exitFailure(exitCode);
}

function boundsOf(common: ProgramBounds, own: ProgramBounds): Required<ProgramBounds> {
  return {
    timeoutSeconds: positive('timeoutSeconds', own, common, limits.sandboxTimeoutSeconds),
    memoryBytesMax: positive('memoryBytesMax', own, common, limits.sandboxMemoryBytesMax),
    outputBytesMax: positive('outputBytesMax', own, common, limits.sandboxOutputBytesMax),
  };
}

/** Above 0: a deadline of nothing would be none at all. */
function positive(name: keyof ProgramBounds, own: ProgramBounds, common: ProgramBounds, usual: number): number {
  const value = own[name] ?? common[name] ?? usual;
  if (typeof value === 'number' && value > 0) return value;
  throw new TallyError('BAD_OPTION', {
    option: name,
    value: String(value),
    why: 'A bound is a number above 0.',
    fix: `Give a larger one, or leave it out for ${usual}.`,
  });
}

function checkNames(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(env)) {
    if (/^[A-Za-z_]\w*$/.test(name)) continue;
    throw new TallyError('BAD_OPTION', {
      option: 'env',
      value: JSON.stringify(name),
      why: 'The names of variables are letters, digits and underscores.',
      fix: 'Choose another name.',
    });
  }
}
