import { Begun } from './begin.ts';
import { contentText } from './content.ts';
import { runIn } from './context.ts';
import { followResult } from './follow-result.ts';
import { contentRules } from './kernel.ts';
import { resemble } from './resemble.ts';

type AnyFunction = (this: never, ...args: never[]) => unknown;

/**
 * Wraps a function that an agent may use as a tool: each call is one `execute_tool` span. Arguments and results are recorded only
 * when content is on. The function behaves as before.
 *
 * @example
 * const search = tool('search', async (query: string) => index.find(query));
 */
export function tool<Fn extends AnyFunction>(name: string, fn: Fn): Fn {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const call = () => Reflect.apply(fn as unknown as (...all: unknown[]) => unknown, this, args);
    let begun: Begun;
    const rules = contentRules({});
    try {
      begun = new Begun({ operation: 'execute_tool', toolName: name, toolType: 'function' });
    } catch {
      return call();
    }
    const record = (key: 'toolArguments' | 'toolResult', value: unknown) => {
      if (!rules.capture) return;
      try {
        const text = contentText(value, rules);
        if (text !== undefined) begun.facts[key] = text;
      } catch {
        // Fails closed.
      }
    };
    record('toolArguments', args.length === 1 ? args[0] : args);
    return followResult(
      begun,
      () => runIn(begun.frame, call),
      (value) => record('toolResult', value),
    );
  };
  return resemble(wrapped, fn) as unknown as Fn;
}
