import type { Facts } from '@tallyspan/facts';
import { runGuarded, warmGuard } from './guarded-tool.ts';
import { runOperation } from './operation.ts';
import { add } from './read.ts';
import { resemble } from './resemble.ts';

type AnyFunction = (this: never, ...args: never[]) => unknown;

export interface ToolOptions {
  name: string;
  /** The service that it works on: `s3`. */
  service?: string;
  region?: string;
}

/**
 * Wraps a function that an agent may use as a tool: each call is one `execute_tool` span. Arguments and results are recorded only
 * when content is on. With the guard on, arguments are scanned before the function runs and its answer before anybody reads it; a
 * finding raises `GuardrailError`. Otherwise the function behaves as before.
 *
 * @example
 * const search = tool('search', async (query: string) => index.find(query));
 */
export function tool<Fn extends AnyFunction>(given: string | ToolOptions, fn: Fn): Fn {
  const { name, service, region }: ToolOptions = typeof given === 'string' ? { name: given } : given;
  warmGuard();
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const facts: Facts = { operation: 'execute_tool', toolName: name, toolType: 'function' };
    add<Facts>(facts, { toolService: service, region } as Partial<Facts>);
    const run = (all: readonly unknown[]) => Reflect.apply(fn as unknown as (...all: unknown[]) => unknown, this, all);
    return runOperation(facts, (own) => runGuarded(fn, args, own, run), {
      arguments: args.length === 1 ? args[0] : args,
      result: (value) => value,
    });
  };
  return resemble(wrapped, fn) as unknown as Fn;
}
