import type { Adapter, AnyCall } from './adapter.ts';
import { adapterOf, adapters } from './adapters/registry.ts';
import { warmPrices } from './cost.ts';
import { callThrough, type Watched } from './kernel.ts';
import type { WatchOptions } from './options.ts';
import { warnOfContent } from './pipeline.ts';
import { resemble } from './resemble.ts';
import { state, warnOnce } from './state.ts';

type Method = (...args: never[]) => unknown;

/** Marks a method of ours, so that a client watched twice is recorded once, whichever copy of us did it. */
const WATCHED = Symbol.for('tallyspan.watched');

/**
 * Watches one client: every model call made through it becomes a span with tokens, cost and the identity of the agent around it.
 * Answers the same object, typed the same. Promises, streams, helpers and errors stay the library's own.
 *
 * A client that is not known comes back untouched with one diagnostic line; with `strict` a `TypeError` is thrown instead.
 *
 * @example
 * const openai = watch(new OpenAI());
 */
export function watch<Client extends object>(client: Client, options: WatchOptions = {}): Client {
  const adapter = known(client, options);
  if (!adapter) return client;
  const watched: Watched = { client, adapter, options };
  for (const [path, call] of Object.entries(adapter.calls)) shadowCall(watched, path.split('.'), call);
  for (const name of adapter.derives) shadowDerive(watched, name);
  return client;
}

/** The adapter of a client, or undefined after saying so. Shared by all doors. */
export function known(client: object, options: WatchOptions): Adapter | undefined {
  const adapter = adapterOf(client);
  if (!adapter) {
    const strict = options.strict ?? state.options.strict ?? false;
    const what = `a client of an unknown kind (${nameOf(client)}) is not watched; its calls are not recorded`;
    if (strict)
      throw new TypeError(
        `tallyspan: ${what}. Known are the clients of: ${adapters.map((each) => each.package).join(', ')}.`,
      );
    warnOnce(`unknown:${nameOf(client)}`, what);
    return undefined;
  }
  if (options.captureContent && process.env.NODE_ENV === 'production') warnOfContent();
  warmPrices();
  return adapter;
}

function nameOf(client: unknown): string {
  try {
    return (client as { constructor?: { name?: string } }).constructor?.name ?? typeof client;
  } catch {
    return typeof client;
  }
}

/** Puts an own method in front of the library's on the one object that holds it. Prototypes and other clients stay as they are. */
function shadowCall(watched: Watched, path: readonly string[], call: AnyCall): void {
  const name = path.at(-1)!;
  try {
    let holder: unknown = watched.client;
    for (const step of path.slice(0, -1)) holder = (holder as Record<string, unknown> | undefined)?.[step];
    if (typeof holder !== 'object' || holder === null) return;
    const method = (holder as Record<string, unknown>)[name];
    if (typeof method !== 'function') return;
    shadow(holder, name, method as Method, function (this: unknown, ...args: unknown[]) {
      return callThrough(watched, call, method as Method, this, args);
    });
  } catch {
    warnOnce(
      `frozen:${path.join('.')}`,
      `${path.join('.')} cannot be watched on this client (is it frozen?); use observe(client)`,
    );
  }
}

/** `withOptions()` makes a new client: it is watched with the same options. */
function shadowDerive({ client, options }: Watched, name: string): void {
  try {
    const method = (client as Record<string, unknown>)[name];
    if (typeof method !== 'function') return;
    shadow(client, name, method as Method, function (this: unknown, ...args: unknown[]) {
      const derived: unknown = Reflect.apply(method as Method, this, args);
      return typeof derived === 'object' && derived !== null ? watch(derived, options) : derived;
    });
  } catch {
    warnOnce(`frozen:${name}`, `${name} cannot be watched on this client (is it frozen?); use observe(client)`);
  }
}

function shadow(
  holder: object,
  name: string,
  method: Method,
  replacement: (this: unknown, ...args: unknown[]) => unknown,
): void {
  if (Object.hasOwn(method, WATCHED)) return;
  Object.defineProperty(resemble(replacement, method), WATCHED, { value: true });
  Object.defineProperty(holder, name, { value: replacement, configurable: true, writable: true, enumerable: false });
}
