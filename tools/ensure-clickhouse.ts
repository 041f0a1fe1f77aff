import { ensureClickhouse } from './clickhouse.ts';

// What is about to happen goes to stderr, where the step runner shows it at once; the path is the answer.
const found = await ensureClickhouse((line) => console.error(line));
if ('library' in found) {
  console.log(found.library);
} else {
  console.error(found.problem);
  process.exitCode = 1;
}
