import { type Adapter, type AnyCall, type Choice } from './adapter.ts';
import { emitter } from './attach.ts';
import { adapterOf, adapters } from './adapters/registry.ts';
import { attachmentOf } from './attachments/registry.ts';
import { warmPrices } from './cost.ts';
import { callThrough, type Watched } from './kernel.ts';
import { observeFixed } from './observe.ts';
import type { WatchOptions } from './options.ts';
import { warnOfContent } from './pipeline.ts';
import { recordsItself } from './records-itself.ts';
import { type Method, originalOf, shadow } from './shadow.ts';
import { silence } from './silence.ts';
import { state, warnOnce } from './state.ts';
import { warnOfShape } from './unknown-shape.ts';

/** Clients under watch, and how to take each wrapper off again. */
interface Watch extends Watched {
  restore: (() => void)[];
}
const watches = new WeakMap<object, Watch>();

/** What stands in front of clients whose methods are fixed. */
const proxies = new WeakMap<object, object>();

/** Frameworks and parts of them that tell us what they do, and how to stop listening. */
const attached = new WeakMap<object, () => void>();

/**
 * Watches one client: every model call made through it becomes a span with tokens, cost and the identity of the agent around it.
 * Answers the same object, typed the same. Promises, streams, helpers and errors stay the library's own.
 *
 * One exception: where a library fixes its methods on each client (`@huggingface/inference`), nothing can be put in front of them, and
 * the answer is a proxy like that of `observe`.
 *
 * What records itself, as the vault of `@tallyspan/sdk/vault` does, comes back as it is. A client that is not known comes back untouched with one diagnostic line; with `strict` a `TypeError` is thrown instead.
 *
 * @example
 * const openai = watch(new OpenAI());
 */
export function watch<Client extends object>(client: Client, options: WatchOptions = {}): Client {
  if (watches.has(client) || attached.has(client) || listenTo(client, options)) return client;
  if (recordsItself(client)) return client;
  const adapter = known(client, options);
  if (!adapter) return client;
  if (adapter.fixed) return watchFixed(client, adapter, options) as Client;
  const watched: Watch = { client, adapter, options, restore: [] };
  watches.set(client, watched);
  for (const [path, call] of Object.entries(adapter.calls)) shadowCall(watched, path.split('.'), call);
  for (const path of adapter.derives) shadowDerive(watched, path.split('.'));
  const undo = silence(watched);
  if (undo) watched.restore.push(undo);
  attachTo(watched, watched.restore);
  return client;
}

function watchFixed(client: object, adapter: Adapter, options: WatchOptions): object {
  const known = proxies.get(client);
  if (known && watches.has(known)) return known;
  const { proxy, stop } = observeFixed(client, adapter, options);
  watches.set(proxy, { client, adapter, options, restore: [stop] });
  proxies.set(client, proxy);
  return proxy;
}

/**
 * Takes {@link watch} back: the client's methods are the library's own again. Answers the client; one that is not watched comes
 * back as it is.
 */
export function unwatch<Client extends object>(client: Client): Client {
  attached.get(client)?.();
  attached.delete(client);
  const watched = watches.get(client);
  if (!watched) return client;
  watches.delete(client);
  watched.off = true;
  for (const restore of watched.restore.toReversed()) {
    try {
      restore();
    } catch {
      // Frozen meanwhile: what stands there only passes on.
    }
  }
  return watched.client as Client;
}

/** Whether this is a framework, or a part of one, that tells what it does. */
function listenTo(library: object, options: WatchOptions): boolean {
  if (adapterOf(library)) return false;
  const attachment = attachmentOf(library);
  if (!attachment) return false;
  if (options.captureContent && process.env.NODE_ENV === 'production') warnOfContent();
  warmPrices();
  try {
    attached.set(library, attachment.attach(library, emitter(options)));
  } catch {
    warnOnce(`attach:${attachment.package}`, `${attachment.package} cannot be listened to here; it is not recorded`);
  }
  return true;
}

/** Listens to what tells by events. Shared by both instance doors: nothing of the object is changed for it. */
export function attachTo({ adapter, client, options }: Watched, restore: (() => void)[] = []): void {
  try {
    const stop = adapter.attach?.(client, emitter(options));
    if (stop) restore.push(stop);
  } catch {
    warnOnce(`attach:${adapter.package}`, `${adapter.package}: this object cannot be listened to; it is not recorded`);
  }
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
    const kin = adapters.find(({ clients }) => clients.includes(nameOf(client)));
    if (kin) warnOfShape(kin, `this ${nameOf(client)} lacks methods we know it by; its calls are not recorded`);
    else warnOnce(`unknown:${nameOf(client)}`, what);
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
function shadowCall(watched: Watch, path: readonly string[], call: AnyCall | Choice): void {
  place(watched, path, (method) => {
    // The class door may stand there already: this client's own options win, and the call is recorded once.
    const original = originalOf(method);
    return function (this: unknown, ...args: unknown[]) {
      return callThrough(watched, call, original, this, args);
    };
  });
}

/** A method that makes another client: it is watched with the same options. */
function shadowDerive(watched: Watch, path: readonly string[]): void {
  place(watched, path, (method) => {
    return function (this: unknown, ...args: unknown[]) {
      const derived: unknown = Reflect.apply(method, this, args);
      return watched.off ? derived : deriveWith(derived, (client) => watch(client, watched.options));
    };
  });
}

/** What a deriving method answers, or will answer, with its clients watched. */
export function deriveWith(derived: unknown, door: (client: object) => object): unknown {
  if (derived instanceof Promise) return derived.then((client: unknown) => deriveWith(client, door));
  return typeof derived === 'object' && derived !== null && adapterOf(derived) ? door(derived) : derived;
}

function place(
  watched: Watch,
  path: readonly string[],
  wrap: (method: Method) => (this: unknown, ...args: unknown[]) => unknown,
): void {
  const name = path.at(-1)!;
  try {
    let holder: unknown = watched.client;
    for (const step of path.slice(0, -1)) holder = (holder as Record<string, unknown> | undefined)?.[step];
    if (typeof holder !== 'object' || holder === null) return;
    const method = (holder as Record<string, unknown>)[name];
    if (typeof method !== 'function') return;
    // Shared by two clients of one family, or wrapped by another copy of us: recorded there already.
    if (Object.hasOwn(holder, name) && originalOf(method as Method) !== method) return;
    watched.restore.push(shadow(holder, name, method as Method, wrap(method as Method)));
  } catch {
    warnOnce(
      `frozen:${path.join('.')}`,
      `${path.join('.')} cannot be watched on this client (is it frozen?); use observe(client)`,
    );
  }
}
