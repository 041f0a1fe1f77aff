/** The thread behind check-body.ts. */
import { parentPort } from 'node:worker_threads';
import { isTallyError } from '@tallyspan/facts';
import type { CheckAnswer, CheckRequest } from './check-body.ts';
import { countBody } from './count-body.ts';

parentPort!.on('message', ({ id, body, format, signal, notBefore }: CheckRequest) => {
  try {
    const counting = countBody(body, format, signal, notBefore);
    let step = counting.next();
    while (!step.done) step = counting.next();
    const answer: CheckAnswer = { id, checked: { ...step.value, body } };
    parentPort!.postMessage(answer, [body.buffer as ArrayBuffer]);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    const { name, code, message, what, why, fix } = error;
    const answer: CheckAnswer = { id, refusal: { name, code, message, what, why, fix } };
    parentPort!.postMessage(answer);
  }
});
