import type { Facts } from '@tallyspan/facts';
import { runOperation } from '../operation.ts';
import { text } from '../read.ts';
import { resemble } from '../resemble.ts';

export interface ObserveSecretsOptions<Args extends readonly unknown[]> {
  /** Where the secret lies, out of the arguments. Default: the first one when it is a text, else the function's name. Never a value. */
  path?: string | ((...args: Args) => string);
}

/**
 * Makes each call of a function that answers secrets one `vault_get` span: a secrets manager of a cloud, a file, a vault's own client.
 * Arguments, answers and the texts of errors are never recorded, whatever is on. The function behaves as before.
 *
 * @example
 * const secret = observeSecrets((name: string) => manager.getSecretValue({ SecretId: name }));
 * const groq = new Groq({ apiKey: await secret('llm/groq') });
 */
export function observeSecrets<Args extends unknown[], Answer>(
  resolve: (...args: Args) => Answer,
  { path }: ObserveSecretsOptions<Args> = {},
): (...args: Args) => Answer {
  const wrapped = function (this: unknown, ...args: Args): Answer {
    const facts: Facts = { operation: 'vault_get' };
    try {
      const named = typeof path === 'function' ? path(...args) : (path ?? text(args[0]) ?? resolve.name);
      if (named) facts.vaultPath = String(named);
    } catch {
      // The span has no path then.
    }
    return runOperation(facts, () => Reflect.apply(resolve, this, args), { secret: true });
  };
  return resemble(wrapped as (...args: never[]) => unknown, resolve) as typeof resolve;
}
