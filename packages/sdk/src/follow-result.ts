import type { Begun } from './begin.ts';
import { runIn } from './context.ts';
import { describeFailure } from './failure.ts';
import { contentRules } from './kernel.ts';

/**
 * Ends a span when what the function answered is settled: a value at once, a promise when it settles, an async generator when it
 * is done, left or fails. The caller gets the function's own value or error.
 */
export function followResult(begun: Begun, run: () => unknown, onValue?: (value: unknown) => void): unknown {
  const done = (value: unknown) => {
    onValue?.(value);
    begun.end();
  };
  const fail = (error: unknown) => begun.end(describeFailure(error, contentRules({}).capture === true));
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    fail(error);
    throw error;
  }
  if (result instanceof Promise) {
    return result.then(
      (value: unknown) => {
        done(value);
        return value;
      },
      (error: unknown) => {
        fail(error);
        throw error;
      },
    );
  }
  if (isAsyncGenerator(result)) return followGenerator(result, begun, fail);
  done(result);
  return result;
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return Object.prototype.toString.call(value) === '[object AsyncGenerator]';
}

/** Each step runs inside the span's context, as the body of a generator runs when it is asked, not when it is made. */
function followGenerator(generator: AsyncGenerator, begun: Begun, fail: (error: unknown) => void): AsyncGenerator {
  const step = async (move: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    try {
      const result = await runIn(begun.frame, move);
      if (result.done) begun.end();
      return result;
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  return Object.assign(Object.create(generator) as AsyncGenerator, {
    next: (...args: [] | [unknown]) => step(() => generator.next(...args)),
    return: (value: unknown) => step(() => generator.return(value)),
    throw: (error: unknown) => step(() => generator.throw(error)),
    [Symbol.asyncIterator](this: AsyncGenerator) {
      return this;
    },
  });
}
