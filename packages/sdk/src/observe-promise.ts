import type { CallRecord } from './call-record.ts';
import { isIteratedStream, observeStream } from './observe-stream.ts';
import { warnOnce } from './state.ts';

/** Response and request details that a Stainless-made SDK passes to its parser. */
type Parse = (client: unknown, props: unknown) => Promise<unknown>;

/**
 * The promise of a Stainless-made SDK (`openai`, `@anthropic-ai/sdk`, `groq-sdk`): it reads the body only when somebody awaits it.
 * `responsePromise` and `parseResponse` are plain properties; helpers such as `parse()` derive further promises from it.
 */
interface LazyPromise extends Promise<unknown> {
  responsePromise: Promise<unknown>;
  parseResponse: Parse;
  asResponse(): Promise<unknown>;
  _thenUnwrap?: (transform: (data: unknown, props: unknown) => unknown) => LazyPromise;
}

type Conceal = ((chunk: unknown) => boolean) | undefined;

/**
 * Watches whatever a method returned and gives back what the caller shall have. Lazy promises come back as the same object;
 * anything whose shape is unknown comes back untouched, and its span ends at once with what the request said.
 */
export function observeResult(result: unknown, record: CallRecord, conceal: Conceal): unknown {
  if (isLazyPromise(result)) {
    observeLazyPromise(result, record, conceal, { begun: false });
    return result;
  }
  if (result instanceof Promise) {
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
  warnOnce('shape', 'a watched method returned something unknown; the call is recorded without its answer');
  record.answered(result);
  return result;
}

function isLazyPromise(value: unknown): value is LazyPromise {
  if (!(value instanceof Promise)) return false;
  const { responsePromise, parseResponse, asResponse } = value as Partial<LazyPromise>;
  return responsePromise instanceof Promise && typeof parseResponse === 'function' && typeof asResponse === 'function';
}

function seen(value: unknown, record: CallRecord, conceal: Conceal): void {
  if (isIteratedStream(value)) observeStream(value, record, conceal);
  else if (!record.streaming) record.answered(value);
}

/** Whether anybody began to parse the body; shared by a promise and those derived from it. */
interface Parsing {
  begun: boolean;
}

/**
 * Hooks the properties that every way of reading goes through. Nothing is awaited and nothing is read early. Only data properties
 * that exist anyway are replaced: accessors made per promise cost forty microseconds a call, as V8 then gives each its own shape.
 */
function observeLazyPromise(promise: LazyPromise, record: CallRecord, conceal: Conceal, parsing: Parsing): void {
  // A rejection that nobody handles stays unhandled, as it would be without us: it passes on to the derived promise.
  const response = promise.responsePromise.then(
    (props) => {
      // Rare: the headers are here and nobody has asked for the body yet. Perhaps nobody ever will.
      afterWaitingReaders(() => {
        if (!parsing.begun) dropped.register(promise, record);
      });
      return props;
    },
    (error: unknown) => {
      record.fail(error);
      throw error;
    },
  );
  promise.responsePromise = response;

  const parse = promise.parseResponse;
  promise.parseResponse = function (this: unknown, client, props) {
    parsing.begun = true;
    return Reflect.apply(parse, this, [client, props]).then(
      (value: unknown) => {
        seen(value, record, conceal);
        return value;
      },
      (error: unknown) => {
        record.fail(error);
        throw error;
      },
    );
  };

  // The raw response is the caller's alone: when nobody parses beside it, the span ends with the headers.
  const { asResponse } = promise;
  hide(promise, 'asResponse', function (this: unknown) {
    const end = () =>
      afterWaitingReaders(() => {
        if (!parsing.begun) record.finish('raw');
      });
    response.then(end, () => undefined);
    return Reflect.apply(asResponse, this, []);
  });

  // openai 7 puts a `_thenUnwrap` on each promise that closes over the original parser and so never meets the one above.
  if (Object.hasOwn(promise, '_thenUnwrap')) {
    const unwrap = promise._thenUnwrap!;
    promise._thenUnwrap = (transform) => {
      // From here on the derived promise speaks for the request; ours must not be reported as unhandled beside it.
      response.catch(() => undefined);
      const derived = unwrap((data, props) => {
        seen(data, record, conceal);
        return transform(data, props);
      });
      observeLazyPromise(derived, record, conceal, parsing);
      return derived;
    };
  }
}

/** Ends the spans of promises whose body nobody ever asked for. */
const dropped = new FinalizationRegistry<CallRecord>((record) => record.finish('abandoned'));

/** Runs after every reader that waited for the same promise has begun: two turns of the microtask queue. */
function afterWaitingReaders(fn: () => void): void {
  queueMicrotask(() => queueMicrotask(fn));
}

/** A method of ours that does not show among the object's own enumerable keys. */
function hide(target: object, name: string, value: (this: unknown) => unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}
