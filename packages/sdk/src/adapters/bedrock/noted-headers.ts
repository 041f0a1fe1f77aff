import { fields, text } from '../../read.ts';
import { own } from '../../shadow.ts';

interface Stack {
  clone(): Stack;
  add(middleware: (next: Next) => Next, options: object): void;
}
type Next = (args: unknown) => Promise<unknown>;
type Resolve = (stack: Stack, config: unknown, options: unknown) => unknown;
type Headers = Readonly<Record<string, unknown>>;

/** The headers of one answer, which the library does not give to its callers. */
export class NotedHeaders {
  #headers: Headers = {};

  get = (name: string): string | undefined => text(this.#headers[name]);

  /**
   * A copy of the command that looks at the response's headers when it is sent. The caller's command, and the client's middleware, stay
   * as they are. Undefined where the command has another shape.
   */
  copyOf(command: unknown): object | undefined {
    if (typeof command !== 'object' || command === null) return undefined;
    const { resolveMiddleware } = command as { resolveMiddleware?: Resolve };
    if (typeof resolveMiddleware !== 'function') return undefined;
    const copy: object = Object.assign(Object.create(Object.getPrototypeOf(command) as object) as object, command);
    const resolve: Resolve = (stack, config, options) =>
      Reflect.apply(resolveMiddleware, copy, [this.#listening(stack, config, options), config, options]);
    own(copy, 'resolveMiddleware', resolve);
    return copy;
  }

  #listening(stack: Stack, config: unknown, options: unknown): Stack {
    // The library would keep what we add for the next command of this kind.
    if (fields(config).cacheMiddleware === true && options === undefined) return stack;
    try {
      const listening = stack.clone();
      const listen = (next: Next): Next => {
        return async (args) => {
          const result = await next(args);
          this.#headers = fields(fields(fields(result).response).headers);
          return result;
        };
      };
      listening.add(listen, { step: 'deserialize', priority: 'low', name: 'tallyspanHeaders' });
      return listening;
    } catch {
      return stack;
    }
  }
}
