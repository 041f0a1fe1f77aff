import type { Begun } from './begin.ts';
import { runIn } from './context.ts';
import { describeFailure, type Failure, isAbort } from './failure.ts';
import { contentRules } from './kernel.ts';

/** What is ended: a span, or what has one. Only the first `end` counts. */
type Followed = Pick<Begun, 'frame' | 'facts' | 'end'>;

/**
 * Ends a span when what the function answered is settled: a value at once, a promise when it settles, an async generator when it
 * is done, left or fails. The caller gets the function's own value or error. `onValue` may find that the value stands for a failure;
 * what it or `onError` throws reaches nobody. `withMessage`: whether the text of an error is recorded. Default: where content is on.
 */
export function followResult(
  begun: Followed,
  run: () => unknown,
  onValue?: (value: unknown) => Failure | undefined | void,
  onError?: (error: unknown) => void,
  withMessage: boolean = contentRules({}).capture === true,
): unknown {
  const done = (value: unknown) => begun.end(harmless(() => onValue?.(value)) ?? undefined);
  const fail = (error: unknown) => {
    harmless(() => onError?.(error));
    if (isAbort(error)) begun.facts.endedBy = 'aborted';
    begun.end(describeFailure(error, withMessage));
  };
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

function harmless<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return Object.prototype.toString.call(value) === '[object AsyncGenerator]';
}

/** Each step runs inside the span's context, as the body of a generator runs when it is asked, not when it is made. */
function followGenerator(generator: AsyncGenerator, begun: Followed, fail: (error: unknown) => void): AsyncGenerator {
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
