import type { CallRecord } from './call-record.ts';
import { isFernPromise, observeFernPromise } from './fern-promise.ts';
import { isStream, observeStream } from './observe-stream.ts';
import { fields } from './read.ts';
import { own } from './shadow.ts';
import { warnOnce } from './state.ts';
import { asked, endIfNobodyAsks } from './unasked.ts';

/**
 * The promise of a Stainless-made SDK (`openai`, `@anthropic-ai/sdk`, `groq-sdk`): it reads the body only when somebody asks.
 * `then`, `catch`, `finally` and `withResponse` all ask through `parse()`; helpers such as `chat.completions.parse()` derive
 * further promises through `_thenUnwrap()`; `asResponse()` hands out the response unread.
 */
interface LazyPromise extends Promise<unknown> {
  responsePromise: Promise<unknown>;
  parse(): Promise<unknown>;
  asResponse(): Promise<unknown>;
  _thenUnwrap(transform: Transform): LazyPromise;
}
type Transform = (data: unknown, props: unknown) => unknown;

type Conceal = ((chunk: unknown) => boolean) | undefined;

/**
 * Watches whatever a method returned and gives back what the caller shall have. Lazy promises come back as the same object;
 * anything whose shape is unknown comes back untouched, and its span ends at once with what the request said.
 */
export function observeResult(result: unknown, record: CallRecord, conceal: Conceal): unknown {
  if (isLazyPromise(result)) {
    observeLazyPromise(result, record, conceal);
    endIfNobodyAsks(record);
    return result;
  }
  if (isFernPromise(result)) {
    observeFernPromise(result, record, (value) => seen(value, record, conceal));
    return result;
  }
  if (result instanceof Promise) {
    if (result.constructor !== Promise) return observeOwnPromise(result, record, conceal);
    return result.then(
      (value: unknown) => {
        seen(value, record, conceal);
        return value;
      },
      (error: unknown) => {
        record.fail(error);
        throw error;
      },
    );
  }
  const stream = record.streamIn(result);
  if (isStream(stream)) observeStream(stream, record, conceal);
  else {
    if (result !== undefined)
      warnOnce('shape', 'a watched method returned something unknown; the call is recorded without its answer');
    record.answered(result);
  }
  return result;
}

type Then = (onValue?: unknown, onError?: unknown) => unknown;

/**
 * A promise of a class of the library's own: the same object goes back, and every way of asking
 * goes through `then`. Nothing is asked early.
 */
function observeOwnPromise(promise: Promise<unknown>, record: CallRecord, conceal: Conceal): Promise<unknown> {
  const then = promise.then as unknown as Then;
  const ours: Then = function (this: unknown, onValue, onError) {
    const value = (settled: unknown): unknown => {
      seen(settled, record, conceal);
      return typeof onValue === 'function' ? (onValue as (value: unknown) => unknown)(settled) : settled;
    };
    const failed = (error: unknown): unknown => {
      record.fail(error);
      if (typeof onError === 'function') return (onError as (error: unknown) => unknown)(error);
      throw error;
    };
    asked(record);
    return Reflect.apply(then, this, [value, failed]);
  };
  own(promise, 'then', ours);
  endIfNobodyAsks(record);
  return promise;
}

function isLazyPromise(value: unknown): value is LazyPromise {
  if (!(value instanceof Promise)) return false;
  const { responsePromise, parse, asResponse, _thenUnwrap } = value as Partial<LazyPromise>;
  return (
    responsePromise instanceof Promise &&
    typeof parse === 'function' &&
    typeof asResponse === 'function' &&
    typeof _thenUnwrap === 'function'
  );
}

/** An answer came, whole or as a stream. */
export function seen(value: unknown, record: CallRecord, conceal: Conceal): void {
  const stream = record.streamIn(value);
  if (isStream(stream)) observeStream(stream, record, conceal);
  else if (!record.streaming) record.answered(value);
}

/**
 * Stands at the three doors through which anybody can ask. Nothing is awaited or read early. Looking at what `parse()` answers
 * handles no rejection on anybody's behalf: whoever called it attaches to the same promise right after.
 */
function observeLazyPromise(promise: LazyPromise, record: CallRecord, conceal: Conceal): void {
  const { parse, asResponse, _thenUnwrap: unwrap } = promise;

  hide(promise, 'parse', function (this: unknown) {
    const first = !record.parsing;
    record.parsing = true;
    // Before the library does, so that the headers are known when the answer is. It looks at the same promise right after.
    if (first) promise.responsePromise.then((response) => noteHeaders(response, record), ignore);
    const parsed = Reflect.apply(parse, this, []);
    if (first) {
      asked(record);
      parsed.then(
        (value) => seen(value, record, conceal),
        (error: unknown) => record.fail(error),
      );
    }
    return parsed;
  });

  hide(promise, '_thenUnwrap', function (this: unknown, transform: Transform) {
    // What the helper makes of the answer may throw; the answer was given all the same.
    const derived = Reflect.apply(unwrap, this, [
      (data: unknown, props: unknown) => {
        seen(data, record, conceal);
        return transform(data, props);
      },
    ]);
    observeLazyPromise(derived, record, conceal);
    return derived;
  });

  // The raw response is the caller's alone: when nobody parses beside it, the span ends with the headers.
  hide(promise, 'asResponse', function (this: unknown) {
    const response = Reflect.apply(asResponse, this, []);
    if (record.parsing) return response;
    asked(record);
    return response.then(
      (raw) => {
        if (!record.parsing) record.finish('raw');
        return raw;
      },
      (error: unknown) => {
        record.fail(error);
        throw error;
      },
    );
  });
}

const ignore = () => {};

function noteHeaders(response: unknown, record: CallRecord): void {
  const headers = fields(fields(response).response).headers;
  if (typeof fields(headers).get === 'function') record.headers = headers as NonNullable<CallRecord['headers']>;
}

/** A method of ours that changes nothing about which keys the promise shows: openai 7 has an own `_thenUnwrap`, others do not. */
function hide(
  promise: LazyPromise,
  name: 'parse' | 'asResponse' | '_thenUnwrap',
  value: (this: unknown, argument: Transform) => unknown,
): void {
  if (Object.hasOwn(promise, name)) (promise as unknown as Record<string, unknown>)[name] = value;
  else own(promise, name, value);
}
