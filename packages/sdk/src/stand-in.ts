/**
 * What a proxy is made of where its object is frozen, or has methods that cannot be replaced: a proxy must show such properties as
 * they are (ECMAScript, invariants of `[[Get]]`), so an empty object stands in, and everything is asked of the real one.
 */
export function standIn(target: object): { empty: object; traps: ProxyHandler<object> } {
  return {
    empty: Object.create(Object.getPrototypeOf(target) as object | null) as object,
    traps: {
      has: (_, property) => Reflect.has(target, property),
      ownKeys: () => Reflect.ownKeys(target),
      getOwnPropertyDescriptor(_, property) {
        const real = Reflect.getOwnPropertyDescriptor(target, property);
        return real && { ...real, configurable: true };
      },
      defineProperty: (_, property, descriptor) => Reflect.defineProperty(target, property, descriptor),
      deleteProperty: (_, property) => Reflect.deleteProperty(target, property),
      // An object that shall look frozen would have to own what it shows.
      isExtensible: () => true,
      preventExtensions: () => false,
    },
  };
}

/** Whether a proxy of this object could not put another value in place of the property. */
export function isFixed(target: object, property: string | symbol): boolean {
  const descriptor = Reflect.getOwnPropertyDescriptor(target, property);
  return descriptor?.configurable === false && descriptor.writable === false;
}
