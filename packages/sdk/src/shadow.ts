import { resemble } from './resemble.ts';

export type Method = (...args: never[]) => unknown;
type Wrapper = (this: unknown, ...args: unknown[]) => unknown;

/** On a method of ours: the one it stands for. A client watched twice is recorded once, whichever copy of us did it. */
const ORIGINAL = Symbol.for('tallyspan.original');

/** A property of ours that changes nothing for whoever lists the keys: listed where one of that name was (generators that compilers make). */
export function own(holder: object, key: string | symbol, value: unknown): void {
  const enumerable = Object.getOwnPropertyDescriptor(holder, key)?.enumerable ?? false;
  Object.defineProperty(holder, key, { value, configurable: true, writable: true, enumerable });
}

/** The library's own method behind whatever wrapper of ours stands there. */
export function originalOf(method: Method): Method {
  return (Object.hasOwn(method, ORIGINAL) ? (method as Method & { [ORIGINAL]: Method })[ORIGINAL] : method) as Method;
}

/**
 * Puts a method of ours in front of the one a holder has, as an own property. Answers how to take it off again: exactly what was
 * there comes back, unless somebody else put a method on top meanwhile, who then goes on calling ours.
 */
export function shadow(holder: object, name: string, method: Method, wrapper: Wrapper, enumerable = false): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  const ours = Object.defineProperty(resemble(wrapper, method), ORIGINAL, { value: originalOf(method) });
  Object.defineProperty(holder, name, {
    value: ours,
    configurable: true,
    writable: true,
    enumerable: before?.enumerable ?? enumerable,
  });
  return () => {
    if ((Object.getOwnPropertyDescriptor(holder, name)?.value as unknown) !== ours) return;
    if (before) Object.defineProperty(holder, name, before);
    else delete (holder as Record<string, unknown>)[name];
  };
}
