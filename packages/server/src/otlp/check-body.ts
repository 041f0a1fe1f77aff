/**
 * Small bodies are checked at once. Others go to a thread of their own: a hostile body of 64 MiB is a second of work, and a full one of
 * an exporter is more than a millisecond, which the main thread has better use for. A body moves there and back without being copied.
 */
import { Worker } from 'node:worker_threads';
import { limits, type TallyError } from '@tallyspan/facts';
import { type Counted, countBody } from './count-body.ts';
import type { Format } from './read-traces.ts';
import type { Signal } from './signals.ts';

export interface Checked extends Counted {
  /** The same bytes as were given, perhaps at another place. */
  body: Uint8Array;
}

/** Throws BODY_UNREADABLE or SPANS_TOO_MANY. `body` may be gone afterwards: go on with the one in the answer. */
export async function checkBody(
  body: Uint8Array,
  format: Format,
  signal: Signal,
  notBefore?: bigint,
): Promise<Checked> {
  const check = body.length > limits.bodyBytesInline ? checkElsewhere : checkHere;
  return check(body, format, signal, notBefore);
}

/** The longest stretch of reading before other requests have their turn. */
const TURN_MS = 10;

async function checkHere(body: Uint8Array, format: Format, signal: Signal, notBefore?: bigint): Promise<Checked> {
  let turnEnd = performance.now() + TURN_MS;
  const counting = countBody(body, format, signal, notBefore);
  for (;;) {
    const step = counting.next();
    if (step.done) return { ...step.value, body };
    if (performance.now() < turnEnd) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnEnd = performance.now() + TURN_MS;
  }
}

export interface CheckRequest {
  id: number;
  body: Uint8Array;
  format: Format;
  signal: Signal;
  notBefore: bigint | undefined;
}

/** An error loses its class between threads, so its parts travel; a TallyError is recognised by them. */
export type CheckAnswer =
  | { id: number; checked: Checked }
  | { id: number; refusal: Pick<TallyError, 'name' | 'code' | 'message' | 'what' | 'why' | 'fix'> };

interface Waiting {
  resolve: (checked: Checked) => void;
  reject: (error: unknown) => void;
}

let thread: { worker: Worker; waiting: Map<number, Waiting> } | undefined;
let asked = 0;

function checkElsewhere(body: Uint8Array, format: Format, signal: Signal, notBefore?: bigint): Promise<Checked> {
  const { worker, waiting } = (thread ??= startThread());
  const id = ++asked;
  return new Promise<Checked>((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.ref();
    // A view of a larger buffer would take that along.
    const whole = body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body);
    worker.postMessage({ id, body: whole, format, signal, notBefore } satisfies CheckRequest, [
      whole.buffer as ArrayBuffer,
    ]);
  });
}

function startThread(): NonNullable<typeof thread> {
  // What it makes while reading is gone at once, and left alone its heap grows all the same.
  const resourceLimits = { maxYoungGenerationSizeMb: 8 };
  const worker = new Worker(new URL('./check-thread.ts', import.meta.url), { resourceLimits });
  const waiting = new Map<number, Waiting>();
  worker.on('message', (answer: CheckAnswer) => {
    const { resolve, reject } = waiting.get(answer.id)!;
    waiting.delete(answer.id);
    // An idle thread does not keep the process alive.
    if (waiting.size === 0) worker.unref();
    if ('checked' in answer) resolve(answer.checked);
    else reject(Object.assign(new Error(answer.refusal.message), answer.refusal));
  });
  // Should it ever end, whoever waits is told, and the next body starts another one.
  const ended = (reason: unknown) => {
    if (thread?.worker === worker) thread = undefined;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  worker.on('error', ended);
  worker.on('exit', (code) => ended(new Error(`the checking thread ended with code ${code}`)));
  worker.unref();
  return { worker, waiting };
}
