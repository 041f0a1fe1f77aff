/** What the objects of the Agent2Agent protocol say: tasks, messages, and what comes on a stream of them. */
import type { Facts } from '@tallyspan/facts';
import type { Failure } from '../failure.ts';
import { fields, text } from '../read.ts';

/** By the number that version 1.0 has in memory (`a2a.proto`, enum TaskState). */
const STATES = [
  undefined,
  'submitted',
  'working',
  'completed',
  'failed',
  'canceled',
  'input-required',
  'rejected',
  'auth-required',
] as const;

/** `3`, `TASK_STATE_COMPLETED` (1.0 on the wire) and `completed` (0.3) are the same. */
export function stateOf(status: unknown): string | undefined {
  const { state } = fields(status);
  if (typeof state === 'number') return STATES[state];
  const name = text(state)
    ?.replace(/^TASK_STATE_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  return STATES.find((known) => known !== undefined && known === name);
}

export type TaskFacts = Pick<Facts, 'a2aTaskId' | 'a2aTaskState' | 'conversationId'>;

/**
 * A task, a message, or an event about one; bare as 0.3 and methods give it, or in the envelope of a 1.0 stream (`{ payload: { value } }`)
 * or of a server's event (`{ data }`).
 */
export function taskFacts(value: unknown): TaskFacts {
  const envelope = fields(value);
  const { id, taskId, contextId, status, messageId } = fields(
    fields(envelope['payload'])['value'] ?? envelope['data'] ?? envelope,
  );
  const task = text(taskId) ?? (messageId === undefined ? text(id) : undefined);
  const state = stateOf(status);
  const context = text(contextId);
  return {
    ...(task !== undefined && { a2aTaskId: task }),
    ...(state !== undefined && { a2aTaskState: state }),
    ...(context !== undefined && { conversationId: context }),
  };
}

/** What a request is about: `{ message }` of a send, `{ id }` of a task. */
export function requestFacts(params: unknown): Pick<Facts, 'a2aMessageId' | 'a2aTaskId' | 'conversationId'> {
  const { message, id } = fields(params);
  const { messageId, taskId, contextId } = fields(message);
  const [sent, task, context] = [text(messageId), text(taskId) ?? text(id), text(contextId)];
  return {
    ...(sent !== undefined && { a2aMessageId: sent }),
    ...(task !== undefined && { a2aTaskId: task }),
    ...(context !== undefined && { conversationId: context }),
  };
}

/** A message that arrived and was answered with a task that did not succeed. */
export function failureOf({ a2aTaskState: state }: TaskFacts): Failure | undefined {
  if (state !== 'failed' && state !== 'rejected') return undefined;
  return { errorType: `task_${state}`, statusMessage: `the task was ${state}` };
}
