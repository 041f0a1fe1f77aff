import type { Adapter, AnyCall, Choice, PatchPoint } from '../adapter.ts';
import { fields } from '../read.ts';
import type { Exports } from './copies.ts';

/** Where the methods of an adapter are on the classes of a loaded copy. Empty where the copy has another shape. */
export function* pointsOf(adapter: Adapter, exports: Exports): Iterable<PatchPoint> {
  let count = 0;
  for (const copy of shapesOf(adapter, exports)) {
    for (const point of adapter.points?.(copy) ?? sampledPoints(adapter, copy)) {
      count++;
      yield point;
    }
    if (count > 0) return;
  }
}

/**
 * A library may come as it is, below `default` (CommonJS seen from a module), or as one class, whose name a bundler may have changed:
 * then it stands for each of the classes we know.
 */
function* shapesOf(adapter: Adapter, exports: Exports): Iterable<Exports> {
  yield exports;
  const inner = exports['default'];
  if (typeof inner === 'object' && inner !== null) yield inner as Exports;
  if (typeof inner === 'function')
    yield { ...Object.fromEntries(adapter.clients.map((name) => [name, inner])), ...exports };
}

/**
 * Where a library has its methods on prototypes, a client made of nothing shows them: the object that holds a method leads to the
 * prototype that all clients share, and the property that leads back to the client is found by looking. Methods that a constructor puts
 * on each client are not reached.
 */
function* sampledPoints(adapter: Adapter, exports: Exports): Iterable<PatchPoint> {
  for (const className of adapter.clients) {
    const Client = exports[className];
    if (typeof Client !== 'function') continue;
    const client = sampleOf(Client, adapter);
    if (!client) continue;
    for (const [path, call] of methodsOf(adapter)) {
      const steps = path.split('.');
      const method = steps.pop()!;
      const self: unknown = steps.reduce<unknown>((holder, step) => fields(holder)[step], client);
      const holder = prototypeWith(self, method);
      if (!holder) continue;
      const back = self === client ? undefined : keyTo(self as object, client);
      // Where nothing leads back, the object with the methods stands for its client.
      const clientOf = (owner: unknown) =>
        back === undefined ? (owner as object) : (fields(owner)[back] as object | undefined);
      yield { holder, method, call, clientOf };
    }
  }
}

const NO_CALL: Choice = { choose: () => undefined };

/** Helpers are no calls, but a library that traces itself begins its span there: the client has to be known by then. */
function methodsOf({ calls, helpers, silence }: Adapter): [string, AnyCall | Choice][] {
  return [...Object.entries(calls), ...(silence ? helpers.map((path): [string, Choice] => [path, NO_CALL]) : [])];
}

/** A class that wants more (Azure's an API version) has the same prototypes as its parent. */
function sampleOf(Client: Function, adapter: Adapter): object | undefined {
  try {
    return Reflect.construct(Client, [...(adapter.sample ?? [{ apiKey: 'unused' }])]) as object;
  } catch {
    return undefined;
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
