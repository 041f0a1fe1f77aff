/**
 * The thread behind check-body.ts. Several bodies are read in turns, so that none waits for the end of a large one before it.
 */
import { parentPort } from 'node:worker_threads';
import { isTallyError } from '@tallyspan/facts';
import type { CheckAnswer, CheckRequest } from './check-body.ts';
import { type Counted, countBody } from './count-body.ts';

/** The longest stretch of reading one body while others wait. */
const TURN_MS = 5;

interface Task {
  request: CheckRequest;
  counting: Generator<undefined, Counted, undefined>;
}

const tasks: Task[] = [];

parentPort!.on('message', (request: CheckRequest) => {
  const { body, format, signal, notBefore } = request;
  tasks.push({ request, counting: countBody(body, format, signal, notBefore) });
  if (tasks.length === 1) setImmediate(takeTurn);
});

function takeTurn(): void {
  const task = tasks.shift()!;
  if (!isDone(task)) tasks.push(task);
  // What arrived meanwhile is heard of before the next turn.
  if (tasks.length > 0) setImmediate(takeTurn);
}

/** Reads on for a turn. Whether the body was read to its end, or refused; then it was answered. */
function isDone({ request: { id, body }, counting }: Task): boolean {
  const turnEnd = performance.now() + TURN_MS;
  try {
    let step = counting.next();
    while (!step.done && performance.now() < turnEnd) step = counting.next();
    if (!step.done) return false;
    const answer: CheckAnswer = { id, checked: { ...step.value, body } };
    parentPort!.postMessage(answer, [body.buffer as ArrayBuffer]);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const { name, code, message, what, why, fix } = error;
    const answer: CheckAnswer = { id, refusal: { name, code, message, what, why, fix } };
    parentPort!.postMessage(answer);
  }
  return true;
}
