/**
 * A process of its own for durability.test.ts, whose files may not grow beyond a limit: adds batches to the store in `argv[2]` until
 * it was refused four times in a row. Writes to stdout, as one line of JSON, how many spans were acknowledged, and for each
 * refusal how many could be read right after it.
 */
import { openDuckdbStore } from '../src/index.ts';
import { batchOf } from './batches.ts';

const store = await openDuckdbStore({ file: process.argv[2]!, walBytesMax: 300_000 });
let acknowledged = 0;
const readAfterRefusal: number[] = [];
for (let batch = 1, refused = 0; refused < 4; batch += 1) {
  try {
    acknowledged += (await store.add(batchOf(batch), { segment: 1, offset: batch })).added;
    refused = 0;
  } catch {
    refused += 1;
    readAfterRefusal.push((await store.stats()).spans);
  }
}
console.log(JSON.stringify({ acknowledged, readAfterRefusal, settled: store.settledPosition()?.offset ?? 0 }));
await store.close();
