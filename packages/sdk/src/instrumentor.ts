import { createRequire } from 'node:module';
import type { Adapter, PatchPoint } from './adapter.ts';
import { warmPrices } from './cost.ts';
import { callThrough, type Watched } from './kernel.ts';
import type { WatchOptions } from './options.ts';
import { warnOfContent } from './pipeline.ts';
import { fields } from './read.ts';
import { type Method, originalOf, shadow } from './shadow.ts';
import { warnOnce } from './state.ts';
import { silence } from './watch.ts';

/** How a library is instrumented as a whole. */
export interface InstrumentOptions extends WatchOptions {
  /**
   * The library itself, or one of its client classes, as your program imported it: `instrument({ module: OpenAI })`. Needed with bundlers, and
   * where the program uses the ESM and the CommonJS copy at once. Default: the copies that `import` and `require` find.
   */
  module?: unknown;
}

/**
 * The class door: every client of a library, made before or after, is recorded, without touching the places that make them. For
 * frameworks that make their own clients; where you make the client, `watch(client)` says it more plainly.
 *
 * @example
 * const instrumentor = new OpenAIInstrumentor();
 * instrumentor.instrument();
 * // … later, the library is exactly as it was:
 * instrumentor.uninstrument();
 */
export class Instrumentor {
  readonly #adapter: Adapter;
  readonly #restore: (() => void)[] = [];
  readonly #patched = new WeakSet<object>();
  #options: WatchOptions = {};
  #on = false;

  constructor(adapter: Adapter) {
    this.#adapter = adapter;
  }

  get isInstrumented(): boolean {
    return this.#on;
  }

  /** Idempotent: called twice, calls are still recorded once, and the later options hold. Never throws for a library it does not know. */
  instrument({ module, ...options }: InstrumentOptions = {}): this {
    if (options.captureContent && process.env.NODE_ENV === 'production') warnOfContent();
    warmPrices();
    this.#options = options;
    this.#on = true;
    for (const copy of module === undefined ? loadedCopies(this.#adapter.package) : [asModule(module)])
      this.#patch(copy);
    return this;
  }

  /** Gives every method back as it was. A wrapper under somebody else's stays, and only passes on. */
  uninstrument(): this {
    this.#on = false;
    for (const restore of this.#restore.splice(0).toReversed()) restore();
    return this;
  }

  #patch(copy: Readonly<Record<string, unknown>>): void {
    try {
      const points = [...(this.#adapter.points?.(copy) ?? sampledPoints(this.#adapter, copy))];
      if (points.length === 0) throw new TypeError('none of its client classes has the methods we know');
      for (const point of points) this.#place(point);
    } catch (error) {
      warnOnce(
        `instrument:${this.#adapter.package}`,
        `${this.#adapter.package} is not instrumented (${(error as Error).message}); watch(client) on each client may work`,
      );
    }
  }

  #place({ holder, method: name, call, clientOf }: PatchPoint): void {
    const method = (holder as Record<string, unknown>)[name] as Method;
    if (typeof method !== 'function' || originalOf(method) !== method) return;
    const watchedOf = (client: object): Watched => {
      const watched = { client, adapter: this.#adapter, options: this.#options };
      if (!this.#patched.has(client)) {
        this.#patched.add(client);
        silence(watched);
      }
      return watched;
    };
    const isOn = () => this.#on;
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      const client = isOn() ? attempt(() => clientOf(this)) : undefined;
      if (!client) return Reflect.apply(method, this, args);
      return callThrough(watchedOf(client), call, method, this, args);
    };
    this.#restore.push(shadow(holder, name, method, wrapper));
  }
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A class stands for the module that exports it: `instrument({ module: OpenAI })`. */
function asModule(module: unknown): Readonly<Record<string, unknown>> {
  if (typeof module !== 'function') return fields(module);
  return { [module.name]: module, default: module };
}

/** The CommonJS copy, when it can be found without loading another. ESM copies come through the zero-code door or `module`. */
function loadedCopies(name: string): Readonly<Record<string, unknown>>[] {
  const from = createRequire(`${process.cwd()}/`);
  try {
    return [fields(from(name))];
  } catch {
    warnOnce(
      `missing:${name}`,
      `${name} was not found from ${process.cwd()}; install it, or pass it: instrument({ module })`,
    );
    return [];
  }
}

/**
 * Where a library has its methods on prototypes, a client made of nothing shows them: the object that holds a method leads to the
 * prototype that all clients share, and the property that leads back to the client is found by looking.
 */
function* sampledPoints(adapter: Adapter, module: Readonly<Record<string, unknown>>): Iterable<PatchPoint> {
  for (const className of adapter.clients) {
    const Client = module[className];
    if (typeof Client !== 'function') continue;
    // A class that wants more (Azure's an API version) has the same prototypes as its parent.
    const client = attempt(() => Reflect.construct(Client, [...(adapter.sample ?? [{ apiKey: 'unused' }])]) as object);
    if (!client) continue;
    for (const [path, call] of Object.entries(adapter.calls)) {
      const steps = path.split('.');
      const method = steps.pop()!;
      const self = steps.reduce<unknown>((holder, step) => fields(holder)[step], client);
      const holder = prototypeWith(self, method);
      if (!holder) continue;
      const back = self === client ? undefined : keyTo(self as object, client);
      yield {
        holder,
        method,
        call,
        clientOf: (owner) => (back === undefined ? (owner as object) : (fields(owner)[back] as object | undefined)),
      };
    }
  }
}

function prototypeWith(self: unknown, method: string): object | undefined {
  if (typeof self !== 'object' || self === null) return undefined;
  for (let at: unknown = Object.getPrototypeOf(self); at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    if (Object.hasOwn(at, method)) return at;
  return undefined;
}

function keyTo(self: object, client: object): string | undefined {
  return Object.getOwnPropertyNames(self).find((key) => (self as Record<string, unknown>)[key] === client);
}
