/**
 * A process of its own for kill.test.ts: appends records to the log in `argv[2]` as fast as it can, and writes the id of each to
 * stdout once it is acknowledged. Record `id` has `id` as its first word and a length that follows from it.
 */
import { writeSync } from 'node:fs';
import { openLog } from '../src/log/log.ts';
import { bodyOf } from './killed-body.ts';

const [, , folder = '', run = ''] = process.argv;
const log = await openLog(folder, { segmentBytesMax: 100_000 });
const meta = { signal: 'traces', contentType: 'json', receivedAt: 0 } as const;
let count = 0;

async function appendForever(): Promise<never> {
  for (;;) {
    const id = `${run}-${(count += 1)}`;
    await log.append({ meta, body: Buffer.from(bodyOf(id)) });
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, appendForever));
