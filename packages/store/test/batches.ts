import type { StoredSpan } from '../src/index.ts';
import { makeCall, noon } from './make-span.ts';
import { randomFrom } from './random-from.ts';

export const spansPerBatch = 40;

/** Batch n: always the same spans, in two traces that it shares with the batches around it, with content that cannot be packed. */
export function batchOf(number: number): StoredSpan[] {
  const random = randomFrom(number);
  return Array.from({ length: spansPerBatch }, (_, index) =>
    makeCall({
      trace: (number >> 1) + (index % 2) + 1,
      span: number * spansPerBatch + index,
      start: noon + BigInt(number * 1000 + index),
      nanos: BigInt(number),
      attributes: { noise: Array.from({ length: 60 }, () => random().toString(36)).join('') },
    }),
  );
}
