/** Gives a wrapper the name and length of the function it stands for: whoever looks sees the original's. Answers the wrapper. */
export function resemble<Wrapper extends (...args: never[]) => unknown>(
  wrapper: Wrapper,
  original: (...args: never[]) => unknown,
): Wrapper {
  return Object.defineProperties(wrapper, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
}
