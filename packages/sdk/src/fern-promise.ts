import type { CallRecord } from './call-record.ts';
import { fields } from './read.ts';
import { own } from './shadow.ts';
import { asked, endIfNobodyAsks } from './unasked.ts';

/**
 * The promise of an SDK that Fern generated (`cohere-ai`): the request is under way, and every way of asking for its answer goes
 * through `unwrap()`, but `withRawResponse()`, which shows the response beside the answer.
 */
interface FernPromise extends Promise<unknown> {
  unwrap(): Promise<unknown>;
  withRawResponse(): Promise<unknown>;
}

export function isFernPromise(value: unknown): value is FernPromise {
  const { unwrap, withRawResponse } = fields(value);
  return value instanceof Promise && typeof unwrap === 'function' && typeof withRawResponse === 'function';
}

/** Nothing is asked early; the same promise goes back to the caller. */
export function observeFernPromise(promise: FernPromise, record: CallRecord, seen: (value: unknown) => unknown): void {
  const { unwrap, withRawResponse } = promise;
  const failed = (error: unknown) => record.fail(error);
  let guarded: Promise<unknown> | undefined;
  own(promise, 'unwrap', function (this: unknown) {
    const answer = Reflect.apply(unwrap, this, []);
    if (record.checks?.scansAnswers) {
      asked(record);
      return (guarded ??= answer.then(seen, (error: unknown) => {
        failed(error);
        throw error;
      }));
    }
    if (!record.parsing) {
      record.parsing = true;
      asked(record);
      // Whoever called attaches to the same promise right after, so no rejection is handled on anybody's behalf.
      answer.then(seen, failed);
    }
    return answer;
  });
  own(promise, 'withRawResponse', function (this: unknown) {
    asked(record);
    return Reflect.apply(withRawResponse, this, []).then(
      (both) => {
        const { data, rawResponse } = fields(both);
        record.headers = fields(rawResponse).headers as CallRecord['headers'];
        const answer = seen(data);
        return answer instanceof Promise ? answer.then(() => both) : both;
      },
      (error: unknown) => {
        failed(error);
        throw error;
      },
    );
  });
  endIfNobodyAsks(record);
}
