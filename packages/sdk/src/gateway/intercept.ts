type Handler = (this: unknown, ...args: unknown[]) => unknown;
type Wrap = (handler: Handler) => Handler;

/** Which handler a wrapper stands for: one that is read and set again is not wrapped twice. */
const originals = new WeakMap<Handler, Handler>();

/**
 * Puts ours in front of whichever handler somebody sets on a property (`transport.onmessage = …`), now or later. Answers how to stop:
 * the property is then as it was, with the handler that was set last.
 */
export function intercept(holder: object, name: string, wrap: Wrap): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, name);
  const accessor = own?.set || own?.get ? own : inherited(holder, name);
  let current = (holder as Record<string, unknown>)[name];
  // The library may keep the handler elsewhere and call it from there.
  const keep = accessor?.set ? (handler: unknown) => Reflect.apply(accessor.set!, holder, [handler]) : undefined;
  const put = (handler: unknown) => {
    current = typeof handler === 'function' ? wrapped(handler as Handler, wrap) : handler;
    keep?.(current);
  };
  put(current);
  Object.defineProperty(holder, name, {
    configurable: true,
    enumerable: own?.enumerable ?? true,
    get: () => (accessor?.get ? (Reflect.apply(accessor.get, holder, []) as unknown) : current),
    set: put,
  });
  return () => {
    const handler = typeof current === 'function' ? (originals.get(current as Handler) ?? current) : current;
    delete (holder as Record<string, unknown>)[name];
    if (own) Object.defineProperty(holder, name, own);
    (holder as Record<string, unknown>)[name] = handler;
  };
}

function wrapped(handler: Handler, wrap: Wrap): Handler {
  if (originals.has(handler)) return handler;
  const made = wrap(handler);
  originals.set(made, handler);
  return made;
}

function inherited(holder: object, name: string): PropertyDescriptor | undefined {
  for (let at: unknown = Object.getPrototypeOf(holder); typeof at === 'object' && at; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor) return descriptor.set ? descriptor : undefined;
  }
  return undefined;
}
