import type { Adapter, AnyCall, Choice } from './adapter.ts';
import { insideHelper, isInsideCall, isInsideHelper } from './inside.ts';
import { callThrough, type Watched } from './kernel.ts';
import { observeFactory } from './observe-module.ts';
import type { WatchOptions } from './options.ts';
import { resemble } from './resemble.ts';
import { type Method, originalOf } from './shadow.ts';
import { silence } from './silence.ts';
import { isFixed, standIn } from './stand-in.ts';
import { warnOnce } from './state.ts';
import { attachTo, deriveWith, known, watch } from './watch.ts';

/**
 * Like {@link watch}, but leaves the client alone: the answer is a transparent proxy, and calls on the original stay unrecorded.
 * Properties, `instanceof`, errors and promises are the original's; methods run on the real object, so private fields work.
 *
 * Given a client class, or the module that exports one, it answers the same with every client watched as it is made.
 */
export function observe<Client extends object>(client: Client, options: WatchOptions = {}): Client {
  const factory = observeFactory(client, options);
  if (factory) return factory as Client;
  const adapter = known(client, options);
  if (!adapter) return client;
  attachTo({ client, adapter, options });
  return new Observer(client, adapter, options).proxy(client, []) as Client;
}

/** For `watch`, where it can only observe. */
export function observeFixed(client: object, adapter: Adapter, options: WatchOptions): { proxy: object; stop(): void } {
  const observer = new Observer(client, adapter, options);
  return { proxy: observer.proxy(client, []), stop: () => observer.stop() };
}

/** The proxies of one client: made when first asked for, then kept, so that `client.chat === client.chat`. */
class Observer {
  readonly #watched: Watched;
  readonly #proxies = new WeakMap<object, object>();
  readonly #methods = new WeakMap<object, Map<string, Method>>();
  readonly #doubles: Readonly<Record<string, object>>;
  readonly #stoodInFor = new WeakSet<object>();

  constructor(client: object, adapter: Adapter, options: WatchOptions) {
    this.#watched = { client, adapter, options };
    this.#doubles = doubles(client, adapter, options);
    // Calls on the original stay as they were, the library's own spans included.
    silence(this.#watched, () => isInsideCall() || isInsideHelper());
  }

  /** From now on calls only pass. */
  stop(): void {
    this.#watched.off = true;
  }

  proxy(target: object, path: readonly string[]): object {
    const made = this.#proxies.get(target);
    if (made) return made;
    const { empty, traps } = this.#hidesACall(target, path) ? standIn(target) : { empty: target, traps: {} };
    if (empty !== target) this.#stoodInFor.add(target);
    const proxy: object = new Proxy(empty, {
      ...traps,
      get: (_, property) => this.#get(target, property, path, proxy),
      // Setters and private fields expect the real object as `this`.
      set: (_, property, value) => Reflect.set(target, property, value, target),
    });
    this.#proxies.set(target, proxy);
    return proxy;
  }

  #get(target: object, property: string | symbol, path: readonly string[], proxy: object): unknown {
    const value: unknown = Reflect.get(target, property, target);
    if (typeof property === 'symbol') return value;
    if (isFixed(target, property) && !this.#stoodInFor.has(target)) return value;
    if (path.length === 0 && Object.hasOwn(this.#doubles, property)) return this.#doubles[property];
    // A resource reaches its client through this; helpers must find the observed one.
    if (value === this.#watched.client) return this.#proxies.get(this.#watched.client);
    if (typeof value === 'function')
      return property === 'constructor'
        ? value
        : this.#method(target, property, value as Method, [...path, property], proxy);
    const inner = [...path, property];
    return typeof value === 'object' && value !== null && this.#leadsToACall(inner) ? this.proxy(value, inner) : value;
  }

  /** Whether a method of ours, or the way to it, is a property that a proxy would have to show as it is. */
  #hidesACall(target: object, path: readonly string[]): boolean {
    const { calls, derives } = this.#watched.adapter;
    return [...Object.keys(calls), ...derives]
      .map((known) => known.split('.'))
      .some((steps) => path.every((step, at) => steps[at] === step) && isFixed(target, steps[path.length] ?? ''));
  }

  #leadsToACall(path: readonly string[]): boolean {
    const start = `${path.join('.')}.`;
    const { calls, derives, helpers } = this.#watched.adapter;
    return [...Object.keys(calls), ...derives, ...helpers].some((known) => known.startsWith(start));
  }

  #method(target: object, name: string, method: Method, path: readonly string[], proxy: object): Method {
    const methods = this.#methods.get(target) ?? new Map<string, Method>();
    this.#methods.set(target, methods);
    const known = methods.get(name);
    if (known && originals.get(known) === method) return known;
    const made = resemble(this.#wrap(target, method, path, proxy), method);
    originals.set(made, method);
    methods.set(name, made);
    return made;
  }

  #wrap(target: object, method: Method, path: readonly string[], proxy: object): Method {
    const { adapter, options } = this.#watched;
    const name = path.join('.');
    const call: AnyCall | Choice | undefined = Object.hasOwn(adapter.calls, name) ? adapter.calls[name] : undefined;
    const real = (self: unknown) => (self === proxy || self === undefined ? target : self);
    if (call) {
      const watched = this.#watched;
      const original = originalOf(method);
      return function (this: unknown, ...args: unknown[]) {
        return callThrough(watched, call, original, real(this), args);
      };
    }
    if (adapter.derives.includes(name)) {
      return function (this: unknown, ...args: unknown[]) {
        return deriveWith(Reflect.apply(method, real(this), args), (client) => observe(client, options));
      };
    }
    const helps = adapter.helpers.includes(name);
    return function (this: unknown, ...args: unknown[]) {
      const result: unknown = helps
        ? insideHelper(() => Reflect.apply(method, proxy, args))
        : Reflect.apply(method, real(this), args);
      return result === target ? proxy : result;
    };
  }
}

/** The parts of a client that are watched in its place, where a proxy cannot stand in between. */
function doubles(client: object, adapter: Adapter, options: WatchOptions): Readonly<Record<string, object>> {
  try {
    const made = adapter.double?.(client);
    if (!made) return {};
    watch(Object.create(client, Object.getOwnPropertyDescriptors(made)) as object, options);
    return made;
  } catch {
    warnOnce(
      `double:${adapter.package}`,
      `a client of ${adapter.package} cannot be observed (its parts cannot be made anew); use watch(client)`,
    );
    return {};
  }
}

/** Which library method a wrapper stands for; a method that was replaced on the client gets a new wrapper. */
const originals = new WeakMap<object, Method>();
