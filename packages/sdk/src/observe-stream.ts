import type { CallRecord } from './call-record.ts';

/** A stream of a Stainless-made SDK: every way of reading it goes through `iterator()`. */
export interface IteratedStream {
  iterator: (...args: unknown[]) => AsyncIterator<unknown>;
  controller?: { signal?: AbortSignal };
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

export function isIteratedStream(value: unknown): value is IteratedStream {
  if (typeof value !== 'object' || value === null) return false;
  const { iterator } = value as Partial<IteratedStream>;
  return typeof iterator === 'function' && Symbol.asyncIterator in value;
}

/** Ends the spans of streams that were dropped without being read to the end. */
const dropped = new FinalizationRegistry<CallRecord>((record) => record.finish('abandoned'));

/** A stream is given to several callers (each `then` of the same promise); it is observed once. */
const observed = new WeakSet<object>();

/**
 * Watches a stream through its own iterator: the same object, the same chunks, no buffer, no second reader. The caller's pace is
 * the provider's pace. What `conceal` takes out of a chunk was our addition.
 */
export function observeStream(
  stream: IteratedStream,
  record: CallRecord,
  conceal: ((chunk: unknown) => boolean) | undefined,
): void {
  if (observed.has(stream)) return;
  observed.add(stream);
  record.streaming = true;
  dropped.register(stream, record, stream);
  const signal = stream.controller?.signal;
  if (signal) endOnAbort(signal, record);
  const begin = stream.iterator;
  stream.iterator = function (this: IteratedStream, ...args) {
    return observeIterator(Reflect.apply(begin, this, args), record, signal, conceal);
  };
}

/**
 * In a scope of its own: a closure that shared a scope with the stream would keep it alive through the request's signal,
 * and the garbage collector would never speak. Waits a moment, since a reader that sees the abort says more than we know.
 */
function endOnAbort(signal: AbortSignal, record: CallRecord): void {
  const end = () => {
    setTimeout(() => record.finish('aborted'), 0).unref();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}

function observeIterator(
  inner: AsyncIterator<unknown>,
  record: CallRecord,
  signal: AbortSignal | undefined,
  conceal: ((chunk: unknown) => boolean) | undefined,
): AsyncIterableIterator<unknown> {
  const next = (...args: [] | [unknown]): Promise<IteratorResult<unknown>> => inner.next(...args).then(seen, failed);
  const seen = (result: IteratorResult<unknown>): IteratorResult<unknown> | Promise<IteratorResult<unknown>> => {
    if (result.done) {
      // `controller.abort()` ends the iteration without an error.
      record.finish(signal?.aborted ? 'aborted' : undefined);
      return result;
    }
    // Read first: what is concealed is what we asked for.
    record.chunk(result.value);
    if (!conceal?.(result.value)) return result;
    record.uncount();
    return next();
  };
  const failed = (error: unknown): never => {
    record.fail(error);
    throw error;
  };
  const observer: AsyncIterableIterator<unknown> = {
    next,
    async return(value) {
      record.finish('break');
      return inner.return ? inner.return(value) : { done: true, value };
    },
    async throw(error) {
      record.fail(error);
      if (inner.throw) return inner.throw(error);
      throw error;
    },
    [Symbol.asyncIterator]: () => observer,
  };
  return observer;
}
