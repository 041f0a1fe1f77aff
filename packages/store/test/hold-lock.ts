/** A process of its own for lock.test.ts: takes the lock of the folder in `argv[2]`, says so, and keeps it until it is killed. */
import { lockDataDir } from '../src/log/lock.ts';

await lockDataDir(process.argv[2]!);
console.log('locked');
setInterval(() => {}, 1000);
