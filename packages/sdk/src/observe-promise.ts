import type { CallRecord } from './call-record.ts';
import { isFernPromise, observeFernPromise } from './fern-promise.ts';
import { observeBody, streamingBodyOf } from './observe-body.ts';
import { isStream, observeStream } from './observe-stream.ts';
import { fields } from './read.ts';
import { own } from './shadow.ts';
import { asked, endIfNobodyAsks } from './unasked.ts';
import { warnOfShape } from './unknown-shape.ts';

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
  /** Of `@anthropic-ai/sdk` 1: what `parse()` works on, for helpers that parse by themselves. */
  _responseProps?(): Promise<unknown>;
}
type Transform = (data: unknown, props: unknown) => unknown;

type Conceal = ((chunk: unknown) => boolean) | undefined;

/**
 * Watches whatever a method returned and gives back what the caller shall have. Lazy promises come back as the same object;
 * anything whose shape is unknown comes back untouched, and its span ends at once with what the request said.
 */
export function observeResult(result: unknown, record: CallRecord, conceal: Conceal): unknown {
  try {
    return observeKnown(result, record, conceal);
  } catch {
    // It fights back when it is looked at (a proxy with traps), or is frozen: the caller has it as it came.
    record.finish('raw');
    return result;
  }
}

function observeKnown(result: unknown, record: CallRecord, conceal: Conceal): unknown {
  if (isLazyPromise(result)) {
    observeLazyPromise(result, record, conceal);
    endIfNobodyAsks(record);
    return result;
  }
  if (isFernPromise(result)) {
    observeFernPromise(result, record, (value) => {
      seen(value, record, conceal);
      return released(value, record);
    });
    return result;
  }
  if (result instanceof Promise) {
    if (result.constructor !== Promise) return observeOwnPromise(result, record, conceal);
    return result.then(
      (value: unknown) => {
        seen(value, record, conceal);
        return released(value, record);
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
    if (result !== undefined && record.library)
      warnOfShape(record.library, 'a method answered something unknown, and is recorded without its answer');
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
      if (record.verdict)
        return record.verdict.then(() => (typeof onValue === 'function' ? onValue(settled) : settled));
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

/** An answer came, whole or as a stream. Never throws: whoever waits for it would get our error. */
export function seen(value: unknown, record: CallRecord, conceal: Conceal): void {
  try {
    const stream = record.streamIn(value);
    if (isStream(stream)) {
      observeStream(stream, record, conceal);
      if (record.beside) observeBeside(fields(value), record, record.beside);
    } else if (!record.streaming) record.answered(value);
  } catch {
    record.finish('raw');
  }
}

/** The answer, once the guard has let it go. */
function released(value: unknown, record: CallRecord): unknown {
  return record.verdict ? record.verdict.then(() => value) : value;
}

/** Whoever is handed the promise gets one that tells us first; its failure is as much or as little looked after as it was. */
function observeBeside(answer: object, record: CallRecord, { name, handled }: NonNullable<CallRecord['beside']>): void {
  const whole = fields(answer)[name];
  if (!(whole instanceof Promise)) return;
  const ours = whole.then(
    (value: unknown) => {
      record.cameBeside(value);
      return value;
    },
    (error: unknown) => {
      record.fail(error);
      throw error;
    },
  );
  if (handled) ours.catch(ignore);
  Object.assign(answer, { [name]: ours });
}

/**
 * Stands at the three doors through which anybody can ask. Nothing is awaited or read early. Looking at what `parse()` answers
 * handles no rejection on anybody's behalf: whoever called it attaches to the same promise right after.
 */
function observeLazyPromise(promise: LazyPromise, record: CallRecord, conceal: Conceal): void {
  const { parse, asResponse, _thenUnwrap: unwrap } = promise;
  observeParts(promise, record);
  let guarded: Promise<unknown> | undefined;

  hide(promise, 'parse', function (this: unknown) {
    const first = !record.parsing;
    record.parsing = true;
    // Before the library does, so that the headers are known when the answer is. It looks at the same promise right after.
    if (first) promise.responsePromise.then((response) => noteHeaders(response, record), ignore);
    const parsed = Reflect.apply(parse, this, []);
    if (first) asked(record);
    if (record.checks?.scansAnswers)
      return (guarded ??= parsed.then(
        (value) => {
          seen(value, record, conceal);
          return released(value, record);
        },
        (error: unknown) => {
          record.fail(error);
          throw error;
        },
      ));
    if (first) {
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

/** The unparsed parts go to a helper of the library. A stream is then parsed elsewhere; anything else is parsed here all the same. */
function observeParts(promise: LazyPromise, record: CallRecord): void {
  const { _responseProps: parts } = promise;
  if (typeof parts !== 'function') return;
  own(promise, '_responseProps', function (this: unknown) {
    const given = Reflect.apply(parts, this, []);
    given.then(
      (props) => {
        const body = record.parsing ? undefined : streamingBodyOf(props);
        if (body === undefined) return;
        asked(record);
        noteHeaders(props, record);
        observeBody(body, record);
      },
      (error: unknown) => record.fail(error),
    );
    return given;
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
