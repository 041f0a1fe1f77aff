type AnyFunction = (this: never, ...args: never[]) => unknown;
type AnyClass = abstract new (...args: never[]) => object;

/** Stands on what it decorates, in the standard syntax (TC39, stage 3) or in TypeScript's older one. */
export type Decorator = (target: unknown, place?: unknown, descriptor?: unknown) => never;

/** Where a decorator stands, in the standard syntax (TC39, stage 3). */
type Place = Pick<DecoratorContext, 'kind'>;

/**
 * One decorator for methods (also static and private ones), getters and setters, and fields that hold a function; classes are left to
 * `ofClass`. Under TypeScript's older `experimentalDecorators` it gets a prototype, a name and a descriptor, and does the same.
 *
 * What it stands on and does not know stays as it is: a decorator that throws would keep the program from starting.
 */
export function decorate(wrap: (fn: AnyFunction) => AnyFunction, ofClass: (target: AnyClass) => void): Decorator {
  const decorator = (target: unknown, place?: unknown, descriptor?: unknown): unknown => {
    if (typeof place === 'object' && place !== null && 'kind' in place) return standard(target, place as Place);
    if (place === undefined && typeof target === 'function') ofClass(target as AnyClass);
    return isDescriptor(descriptor) ? wrapped(descriptor) : undefined;
  };
  return decorator as Decorator;

  function standard(target: unknown, { kind }: Place): unknown {
    if (kind === 'class') return ofClass(target as AnyClass);
    if (kind === 'field') return (value: unknown) => (typeof value === 'function' ? wrap(value as AnyFunction) : value);
    return typeof target === 'function' ? wrap(target as AnyFunction) : undefined;
  }

  function wrapped(descriptor: PropertyDescriptor): PropertyDescriptor {
    const { value, get } = descriptor as { value?: unknown; get?: AnyFunction };
    if (typeof value === 'function') return { ...descriptor, value: wrap(value as AnyFunction) };
    return get ? { ...descriptor, get: wrap(get) as () => unknown } : descriptor;
  }
}

function isDescriptor(value: unknown): value is PropertyDescriptor {
  return typeof value === 'object' && value !== null && ('value' in value || 'get' in value);
}
