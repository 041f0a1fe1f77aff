import type { CallRecord } from './call-record.ts';
import { isAbort } from './failure.ts';
import { own } from './shadow.ts';

type Conceal = ((chunk: unknown) => boolean) | undefined;

/** Who is told what happens to a stream: a call's record, or a framework's report of a call. */
export type StreamRecord = Pick<CallRecord, 'streaming' | 'chunk' | 'uncount' | 'finish' | 'fail'> &
  Partial<Pick<CallRecord, 'checks' | 'verdict'>>;

type Iterate = (...args: unknown[]) => AsyncIterator<unknown>;

/**
 * A stream of a library. Stainless-made SDKs have one door, `iterator()`, behind every way of reading. Others are any async
 * iterable: an object with `[Symbol.asyncIterator]`, a web stream, or a generator that is its own iterator.
 */
interface Stream {
  iterator?: Iterate;
  controller?: { signal?: AbortSignal };
  /** Ollama's name for it. */
  abortController?: { signal?: AbortSignal };
  next?: AsyncIterator<unknown>['next'];
  [Symbol.asyncIterator]: Iterate;
}

export function isStream(value: unknown): value is Stream {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Stream>)[Symbol.asyncIterator] === 'function'
  );
}

/** Ends the spans of streams that were dropped without being read to the end. */
const dropped = new FinalizationRegistry<StreamRecord>((record) => record.finish('abandoned'));

/** A stream is given to several callers (each `then` of the same promise); it is observed once. */
const observed = new WeakSet<object>();

/**
 * Watches a stream through its own iterator: the same object, the same chunks, no buffer, no second reader. The caller's pace is
 * the provider's pace. What `conceal` takes out of a chunk was our addition.
 */
export function observeStream(stream: Stream, record: StreamRecord, conceal: Conceal): void {
  if (observed.has(stream)) return;
  observed.add(stream);
  record.streaming = true;
  dropped.register(stream, record, stream);
  const signal = signalOf(stream);
  if (signal) endOnAbort(signal, record);
  try {
    hook(stream, record, signal, conceal);
  } catch {
    // Frozen: it is read by others, and we only know that it began.
    record.finish('raw');
  }
}

function signalOf(stream: Stream): AbortSignal | undefined {
  const signal = (stream.controller ?? stream.abortController)?.signal;
  return signal instanceof AbortSignal ? signal : undefined;
}

function hook(stream: Stream, record: StreamRecord, signal: AbortSignal | undefined, conceal: Conceal): void {
  if (typeof stream.iterator === 'function') {
    const begin = stream.iterator;
    stream.iterator = function (this: unknown, ...args) {
      return observeIterator(Reflect.apply(begin, this, args) as AsyncIterator<unknown>, record, signal, conceal);
    };
    return;
  }
  if (typeof stream.next === 'function')
    return hookGenerator(stream as unknown as AsyncIterator<unknown>, record, signal, conceal);
  const begin = stream[Symbol.asyncIterator];
  own(stream, Symbol.asyncIterator, function (this: unknown, ...args: unknown[]) {
    return observeIterator(Reflect.apply(begin, this, args) as AsyncIterator<unknown>, record, signal, conceal);
  });
  if (stream instanceof ReadableStream) hookWebStream(stream, record, conceal);
}

/** A generator is its own iterator and may be asked directly: its three methods are observed on the object itself. */
function hookGenerator(
  generator: AsyncIterator<unknown>,
  record: StreamRecord,
  signal: AbortSignal | undefined,
  conceal: Conceal,
): void {
  const real: AsyncIterator<unknown> = {
    next: (...args) => Reflect.apply(next, generator, args),
    return: (value) => (leave ? Reflect.apply(leave, generator, [value]) : Promise.resolve({ done: true, value })),
    throw: (error) => {
      if (fail) return Reflect.apply(fail, generator, [error]);
      throw error;
    },
  };
  const { next, return: leave, throw: fail } = generator;
  const observer = observeIterator(real, record, signal, conceal);
  own(generator, 'next', (...args: [] | [unknown]) => observer.next(...args));
  if (leave) own(generator, 'return', (value: unknown) => observer.return!(value));
  if (fail) own(generator, 'throw', (error: unknown) => observer.throw!(error));
}

/** Readers of a web stream see the chunks as iterators do. A pipe or a tee reads where nobody can look, so it is given a passage. */
function hookWebStream(stream: ReadableStream, record: StreamRecord, conceal: Conceal): void {
  const getReader = stream.getReader as (...args: unknown[]) => ReadableStreamDefaultReader<unknown>;
  own(stream, 'getReader', function (this: unknown, ...args: unknown[]) {
    const reader = Reflect.apply(getReader, this, args) as ReadableStreamDefaultReader<unknown>;
    const { read, cancel } = reader;
    const iterator: AsyncIterator<unknown> = {
      next: () => Reflect.apply(read, reader, []) as Promise<IteratorResult<unknown>>,
    };
    const observer = observeIterator(iterator, record, undefined, conceal);
    own(reader, 'read', () => observer.next());
    own(reader, 'cancel', (reason: unknown) => {
      record.finish(isAbort(reason) ? 'aborted' : 'break');
      return Reflect.apply(cancel, reader, [reason]);
    });
    return reader;
  });
  for (const name of ['tee', 'pipeTo', 'pipeThrough'] as const) {
    const method = stream[name] as (...args: unknown[]) => unknown;
    own(stream, name, function (this: unknown, ...args: unknown[]) {
      // A stream that is read already refuses by itself.
      return Reflect.apply(method, this === stream && !stream.locked ? passage(stream) : this, args);
    });
  }
}

/** The same chunks at the same pace, read through the observed reader: nothing is asked for before it is wanted. */
function passage(stream: ReadableStream): ReadableStream {
  const reader = stream.getReader() as ReadableStreamDefaultReader<unknown>;
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/**
 * In a scope of its own: a closure that shared a scope with the stream would keep it alive through the request's signal,
 * and the garbage collector would never speak. Waits a moment, since a reader that sees the abort says more than we know.
 */
function endOnAbort(signal: AbortSignal, record: StreamRecord): void {
  const end = () => {
    setTimeout(() => record.finish('aborted'), 0).unref();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}

function observeIterator(
  inner: AsyncIterator<unknown>,
  record: StreamRecord,
  signal: AbortSignal | undefined,
  conceal: Conceal,
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
    next: record.checks?.holdsStreams ? heldBack(next, record) : next,
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

/** Nothing is handed out before everything has come and was looked at; then chunk by chunk, or the refusal. */
function heldBack(next: () => Promise<IteratorResult<unknown>>, record: StreamRecord): typeof next {
  let held: Promise<Iterator<unknown>> | undefined;
  const hold = async (): Promise<Iterator<unknown>> => {
    const chunks: unknown[] = [];
    for (let result = await next(); !result.done; result = await next()) chunks.push(result.value);
    await record.verdict;
    return chunks.values();
  };
  return async () => (await (held ??= hold())).next();
}
