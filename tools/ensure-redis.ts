import { ensureRedis } from './redis.ts';

// What is about to happen goes to stderr, where the step runner shows it at once; the path is the answer.
const found = ensureRedis((line) => console.error(line));
if ('path' in found) {
  console.log(found.path);
} else {
  console.error(found.problem);
  process.exitCode = 1;
}
