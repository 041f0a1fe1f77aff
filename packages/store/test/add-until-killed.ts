/**
 * A process of its own for durability.test.ts: adds batches to the store in `argv[2]`, each with its number as position, and
 * writes the number to stdout once it is added. Begins after the batch that the store remembers.
 */
import { writeSync } from 'node:fs';
import { openDuckdbStore } from '../src/index.ts';
import { batchOf } from './batches.ts';

const store = await openDuckdbStore({ file: process.argv[2]!, walBytesMax: 200_000 });
for (let batch = ((await store.position())?.offset ?? 0) + 1; ; batch += 1) {
  await store.add(batchOf(batch), { segment: 1, offset: batch });
  writeSync(1, `${batch}\n`);
}
