import { startTransition, useEffect, useState } from 'react';

/** A figure that is worth waiting for, worked out after the first rows are on the screen. Undefined until then. */
export function useAfterPaint<Input extends object, Value>(
  work: (input: Input) => Value,
  input: Input,
): Value | undefined {
  const [done, setDone] = useState<{ input: Input; value: Value }>();
  useEffect(() => {
    const timer = setTimeout(() => {
      const value = work(input);
      startTransition(() => setDone({ input, value }));
    }, 0);
    return () => clearTimeout(timer);
  }, [work, input]);
  // While a growing trace is worked out again, the figure before is better than none.
  return done?.value;
}
