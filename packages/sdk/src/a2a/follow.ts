import { runIn } from '../context.ts';
import { isStream, observeStream } from '../observe-stream.ts';
import { own } from '../shadow.ts';
import type { Frame } from '../state.ts';

/** Who is told how it goes on. */
export interface Follower {
  /** The reader of a stream asked for the first time. */
  opened?(): void;
  /** An answer, or one of several. */
  said(value: unknown): void;
  /** `how`: a stream was left before its end. */
  done(how?: string): void;
  failed(error: unknown): void;
}

/** Follows a promise or a stream, and gives back the same object. A stream's own code runs inside the frame, as a promise's did. */
export function follow(result: unknown, frame: Frame, follower: Follower): unknown {
  if (result instanceof Promise) {
    // Beside the caller's own way to the result, where nothing may fail that nobody looks after.
    void result
      .then(
        (value: unknown) => {
          hear(follower, value);
          follower.done();
        },
        (error: unknown) => follower.failed(error),
      )
      .catch(() => {});
  } else if (isStream(result)) followStream(result, frame, follower);
  else follower.done();
  return result;
}

/** An answer that fights back says nothing. */
function hear(follower: Follower, value: unknown): void {
  try {
    follower.said(value);
  } catch {
    // As above.
  }
}

type Step = (...args: unknown[]) => unknown;

function followStream(stream: Parameters<typeof observeStream>[0], frame: Frame, follower: Follower): void {
  const generator = stream as unknown as Record<string, unknown>;
  let isOpen = false;
  for (const name of ['next', 'return', 'throw']) {
    const step = generator[name];
    if (typeof step !== 'function') continue;
    own(stream, name, (...args: unknown[]) => {
      if (!isOpen && name === 'next') follower.opened?.();
      isOpen = true;
      return runIn(frame, () => Reflect.apply(step as Step, stream, args));
    });
  }
  const record = {
    streaming: false,
    chunk: (chunk: unknown) => hear(follower, chunk),
    uncount: () => {},
    finish: (how?: string) => follower.done(how),
    fail: (error: unknown) => follower.failed(error),
  };
  observeStream(stream, record, undefined);
}
