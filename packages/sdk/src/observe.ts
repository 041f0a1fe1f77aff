import type { Adapter, AnyCall, Choice } from './adapter.ts';
import { callThrough, type Watched } from './kernel.ts';
import type { WatchOptions } from './options.ts';
import { resemble } from './resemble.ts';
import { type Method, originalOf } from './shadow.ts';
import { deriveWith, known, silence } from './watch.ts';

/**
 * Like {@link watch}, but leaves the client alone: the answer is a transparent proxy, and calls on the original stay unrecorded.
 * Properties, `instanceof`, errors and promises are the original's; methods run on the real object, so private fields work.
 */
export function observe<Client extends object>(client: Client, options: WatchOptions = {}): Client {
  const adapter = known(client, options);
  if (!adapter) return client;
  return new Observer(client, adapter, options).proxy(client, []) as Client;
}

/** The proxies of one client: made when first asked for, then kept, so that `client.chat === client.chat`. */
class Observer {
  readonly #watched: Watched;
  readonly #proxies = new WeakMap<object, object>();
  readonly #methods = new WeakMap<object, Map<string, Method>>();

  constructor(client: object, adapter: Adapter, options: WatchOptions) {
    this.#watched = { client, adapter, options };
    silence(this.#watched);
  }

  proxy(target: object, path: readonly string[]): object {
    const made = this.#proxies.get(target);
    if (made) return made;
    const proxy: object = new Proxy(target, {
      get: (_, property) => this.#get(target, property, path, proxy),
      // Setters and private fields expect the real object as `this`.
      set: (_, property, value) => Reflect.set(target, property, value, target),
    });
    this.#proxies.set(target, proxy);
    return proxy;
  }

  #get(target: object, property: string | symbol, path: readonly string[], proxy: object): unknown {
    const value: unknown = Reflect.get(target, property, target);
    if (typeof property === 'symbol' || !this.#mayReplace(target, property)) return value;
    // A resource reaches its client through this; helpers must find the observed one.
    if (value === this.#watched.client) return this.#proxies.get(this.#watched.client);
    if (typeof value === 'function')
      return property === 'constructor'
        ? value
        : this.#method(target, property, value as Method, [...path, property], proxy);
    const inner = [...path, property];
    return typeof value === 'object' && value !== null && this.#leadsToACall(inner) ? this.proxy(value, inner) : value;
  }

  /** A proxy must show frozen properties as they are (ECMAScript, invariants of `[[Get]]`). */
  #mayReplace(target: object, property: string): boolean {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, property);
    return (
      !descriptor || descriptor.configurable === true || descriptor.writable === true || descriptor.get !== undefined
    );
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
    const self = adapter.helpers.includes(name) ? () => proxy : real;
    return function (this: unknown, ...args: unknown[]) {
      const result: unknown = Reflect.apply(method, self(this), args);
      return result === target ? proxy : result;
    };
  }
}

/** Which library method a wrapper stands for; a method that was replaced on the client gets a new wrapper. */
const originals = new WeakMap<object, Method>();
