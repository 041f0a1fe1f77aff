import type { Facts } from '@tallyspan/facts';
import type { Failure } from '../failure.ts';
import { runOperation } from '../operation.ts';
import { fields } from '../read.ts';
import { resemble } from '../resemble.ts';
import { exitFailure } from './exit-failure.ts';

type AnyFunction = (this: never, ...args: never[]) => unknown;

export interface ObserveExecOptions<Result = unknown> {
  /** What it runs: `python`, `shell`, `javascript`. */
  language: string;
  /** The bound that the sandbox keeps to, for the span. Nothing is enforced here. */
  timeoutSeconds?: number;
  /**
   * The exit code that a result says; `undefined` where it says none. Default: its `exitCode`, `exit_code`, `status` or `code`; 1 for
   * one with an `error`.
   */
  exitCode?: (result: Result) => number | undefined;
}

/**
 * Watches a sandbox of the user's own (E2B, Daytona, Vercel Sandbox, a `child_process`): each call of the function is one `sandbox_exec`
 * span with language and exit code; one that is not 0 makes it an error. What it is given and answers is recorded only where content is
 * on. The function behaves as before.
 *
 * @example
 * const run = observeExec((code: string) => sandbox.runCode(code), { language: 'python' });
 */
export function observeExec<Fn extends AnyFunction>(fn: Fn, options: ObserveExecOptions<Awaited<ReturnType<Fn>>>): Fn {
  const { language, timeoutSeconds, exitCode = exitCodeOf } = options;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const facts: Facts = { operation: 'sandbox_exec', sandboxLanguage: language };
    if (timeoutSeconds !== undefined) facts.sandboxTimeoutSeconds = timeoutSeconds;
    const note = (code: number | undefined, known: Facts): Failure | undefined => {
      if (!Number.isInteger(code)) return undefined;
      known.exitCode = code as number;
      return exitFailure(known.exitCode);
    };
    return runOperation(facts, () => Reflect.apply(fn as unknown as (...all: unknown[]) => unknown, this, args), {
      arguments: args.length === 1 ? args[0] : args,
      result: (value) => value,
      answered: (value, known) => note(exitCode(value as Awaited<ReturnType<Fn>>), known),
      // Some sandboxes throw for a program that fails (E2B's CommandExitError).
      failed: (error, known) => void note(integerIn(error), known),
    });
  };
  return resemble(wrapped, fn) as unknown as Fn;
}

const NAMES = ['exitCode', 'exit_code', 'status', 'code'] as const;

function integerIn(value: unknown): number | undefined {
  const given = fields(value);
  return NAMES.map((name) => given[name]).find((each): each is number => Number.isInteger(each));
}

function exitCodeOf(result: unknown): number | undefined {
  const { error } = fields(result);
  return integerIn(result) ?? (error === undefined || error === null || error === '' ? undefined : 1);
}
