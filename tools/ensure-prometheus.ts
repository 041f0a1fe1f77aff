import { ensurePrometheus } from './prometheus.ts';

// What is about to happen goes to stderr, where the step runner shows it at once; the path is the answer.
const found = ensurePrometheus((line) => console.error(line));
if ('prometheus' in found) {
  console.log(found.prometheus);
} else {
  console.error(found.problem);
  process.exitCode = 1;
}
