import { limits } from '@tallyspan/facts';
import type { Frame } from './state.ts';

/**
 * One owner per model call. A framework reports a model call that the provider's own client, when watched, records too. The inner
 * one knows the true tokens, so it owns the call; the framework's report of the same call is then left out. The two are matched by
 * what both can see: the async context they run in, the id of the answer, or the very error that was thrown.
 */

/** Ids of answers that a provider's client recorded. Bounded: a framework reports right after. */
const answers = new Set<string>();
const failures = new WeakSet<object>();

export function owned(responseId: string | undefined, failure: unknown): void {
  if (responseId !== undefined) remember(answers, responseId);
  if (typeof failure === 'object' && failure !== null) failures.add(failure);
}

/** What was counted already, by names of the adapters' own. */
const counted = new Set<string>();

/** Whether nobody asked with this name before. */
export function isFirst(name: string): boolean {
  if (counted.has(name)) return false;
  remember(counted, name);
  return true;
}

function remember(names: Set<string>, name: string): void {
  names.add(name);
  if (names.size > limits.ownedAnswersMax) for (const oldest of names) return void names.delete(oldest);
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

/** A framework's call that runs and that we cannot stand around: whoever records the same model's call in the same frame owns it. */
export interface OpenCall {
  readonly model: string | undefined;
  owned: boolean;
}

const OUTSIDE = {};
const openCalls = new WeakMap<object, Set<OpenCall>>();

export function openCall(frame: Frame | undefined, call: OpenCall): void {
  const calls = openCalls.get(frame ?? OUTSIDE) ?? new Set();
  openCalls.set(frame ?? OUTSIDE, calls.add(call));
  if (calls.size > limits.openFrameworkCallsMax) for (const oldest of calls) return void calls.delete(oldest);
}

export function closeCall(frame: Frame | undefined, call: OpenCall): void {
  openCalls.get(frame ?? OUTSIDE)?.delete(call);
}

/** Of several that run at once it does not matter which is taken: each has a call of its own inside. */
export function claimOpenCall(frame: Frame | undefined, model: string | undefined): void {
  const calls = openCalls.get(frame ?? OUTSIDE);
  if (!calls || model === undefined) return;
  for (const call of calls) if (!call.owned && call.model === model) return void (call.owned = true);
}
