import { limits } from '@tallyspan/facts';

/**
 * One owner per model call. A framework reports a model call that the provider's own client, when watched, records too. The inner
 * one knows the true tokens, so it owns the call; the framework's report of the same call is then left out. The two are matched by
 * what both can see: the async context they run in, the id of the answer, or the very error that was thrown.
 */

/** Ids of answers that a provider's client recorded. Bounded: a framework reports right after. */
const answers = new Set<string>();
const failures = new WeakSet<object>();

export function owned(responseId: string | undefined, failure: unknown): void {
  if (responseId !== undefined) {
    answers.add(responseId);
    if (answers.size > limits.ownedAnswersMax) for (const oldest of answers) return void answers.delete(oldest);
  }
  if (typeof failure === 'object' && failure !== null) failures.add(failure);
}

/** Whether a provider's client recorded the call with this answer or error. Frameworks wrap errors; their causes are looked at. */
export function isOwned(responseId: string | undefined, failure: unknown): boolean {
  if (responseId !== undefined && answers.has(responseId)) return true;
  let error = failure;
  for (let depth = 0; depth < 5 && typeof error === 'object' && error !== null; depth++) {
    if (failures.has(error)) return true;
    try {
      const { cause, lastError } = error as { cause?: unknown; lastError?: unknown };
      error = cause ?? lastError;
    } catch {
      return false;
    }
  }
  return false;
}
