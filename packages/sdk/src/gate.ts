import { AsyncLocalStorage } from 'node:async_hooks';
import { fields } from './read.ts';
import { own } from './shadow.ts';

type Method = (...args: never[]) => unknown;

/** Puts other texts into a request or an answer: the same shape, each text that was redacted in its new form. */
export type Replace = <Value>(value: Value) => Value;

/** What a call must wait for: a rejection is the refusal, and the caller's error. */
export type Admission = Promise<Replace | undefined>;

/**
 * Holds a request back until it is admitted, and lets it fail with the error of who refused it. The caller gets what the library
 * gives: the same class of promise, which resolves later or rejects; nothing is thrown where the library would not throw.
 *
 * The library itself waits where it can be asked to. Stainless-made clients call `prepareOptions()` of their own before each attempt
 * to send; Fern-made ones have an async method behind the one that is called. Everything else answers a plain promise, which may as
 * well begin later.
 */
export function gated(
  client: object,
  method: Method,
  self: unknown,
  args: readonly unknown[],
  admission: Admission,
): unknown {
  // Whoever waits for it hears of the refusal; nobody may be there yet.
  admission.catch(() => {});
  if (hasGate(client)) return admissions.run(admission, () => Reflect.apply(method, self, args));
  const behind = `__${method.name}`;
  if (typeof fields(self)[behind] === 'function')
    return Reflect.apply(method, waiting(self as object, behind, admission), args);
  return admission.then((replace) => Reflect.apply(method, self, replace ? replace(args) : args) as unknown);
}

/** The same for a method that answers a generator, which waits when it is first asked. */
export async function* gatedGenerator(
  method: Method,
  self: unknown,
  args: readonly unknown[],
  admission: Admission,
): AsyncGenerator<unknown, unknown> {
  const replace = await admission;
  return yield* Reflect.apply(method, self, replace ? replace(args) : args) as AsyncGenerator<unknown, unknown>;
}

/** The admission that the request being prepared in this async context waits for. */
const admissions = new AsyncLocalStorage<Admission>();
const hooked = new WeakSet<object>();

/** Whether requests of this client can be made to wait inside; puts the hook there the first time. */
function hasGate(client: object): boolean {
  if (hooked.has(client)) return true;
  const { prepareOptions } = client as { prepareOptions?: unknown };
  if (typeof prepareOptions !== 'function' || !Object.isExtensible(client)) return false;
  own(client, 'prepareOptions', async function (this: unknown, ...args: unknown[]) {
    const replace = await admissions.getStore();
    const [options] = args as [{ body?: unknown } | undefined];
    if (replace && options) options.body = replace(options.body);
    return Reflect.apply(prepareOptions as (...all: unknown[]) => unknown, this, args);
  });
  hooked.add(client);
  return true;
}

/** The same object to whoever looks, but for one method, which waits. */
function waiting(self: object, name: string, admission: Admission): object {
  const method = (self as Record<string, unknown>)[name] as (...args: unknown[]) => Promise<unknown>;
  return Object.create(self, {
    [name]: {
      value: async (...args: unknown[]): Promise<unknown> => {
        const replace = await admission;
        return Reflect.apply(method, self, replace ? replace(args) : args);
      },
    },
  }) as object;
}
