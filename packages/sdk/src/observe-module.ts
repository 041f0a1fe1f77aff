import type { Adapter } from './adapter.ts';
import { adapters } from './adapters/registry.ts';
import type { WatchOptions } from './options.ts';
import { isFixed, standIn } from './stand-in.ts';
import { watch } from './watch.ts';

type Class = abstract new (...args: never[]) => object;

/**
 * A client class of a library we know, or a module that exports one, whose clients are watched as they are made; undefined for anything
 * else. The class and the module themselves stay as they are.
 *
 * @example
 * const { GoogleGenAI } = observe(await import('@google/genai'));
 */
export function observeFactory(target: object, options: WatchOptions): object | undefined {
  try {
    if (typeof target === 'function')
      return makerNamed(target.name) && target.prototype
        ? observedClass(target as unknown as Class, options)
        : undefined;
    const makers = new Set(adapters.flatMap(({ clients }) => clients).filter((name) => isClass(target, name)));
    return makers.size > 0 ? observedModule(target, makers, options) : undefined;
  } catch {
    return undefined;
  }
}

function makerNamed(name: string): Adapter | undefined {
  return adapters.find(({ clients }) => clients.includes(name));
}

function isClass(module: object, name: string): boolean {
  return Object.hasOwn(module, name) && typeof (module as Record<string, unknown>)[name] === 'function';
}

/** A client of a subclass is watched in place too: its methods and private fields belong to the object its constructor sees. */
function observedClass(target: Class, options: WatchOptions): object {
  const proxy: Class = new Proxy(target, {
    construct: (Client, args, made) =>
      watch(Reflect.construct(Client, args, made === proxy ? Client : made) as object, options),
  });
  return proxy;
}

function observedModule(module: object, makers: ReadonlySet<string>, options: WatchOptions): object {
  const classes = new Map<string, unknown>();
  const get = (_: object, property: string | symbol): unknown => {
    const value: unknown = Reflect.get(module, property);
    if (typeof property === 'symbol' || !makers.has(property) || typeof value !== 'function') return value;
    if (!classes.has(property)) classes.set(property, observedClass(value as unknown as Class, options));
    return classes.get(property);
  };
  if (![...makers].some((name) => isFixed(module, name))) return new Proxy(module, { get });
  const { empty, traps } = standIn(module);
  return new Proxy(empty, { ...traps, get });
}
