import { type Identity, labelsOf, limits } from '@tallyspan/facts';
import { recorder } from '../pipeline.ts';
import { Remembered } from './remembered.ts';

/** The state that each task was last seen in: the same state may be told by several ways. */
const last = new Remembered<string>(limits.a2aTasksMax);

/** A task of this process is in this state; counted when it was in another one before. */
export function taskIs(taskId: string, state: string, identity: Identity): void {
  const before = last.get(taskId);
  if (before === state) return;
  last.set(taskId, state);
  const labels = { ...labelsOf(identity, ['agent', 'tenant']), a2aTaskState: state };
  recorder().count('a2a_transition', before === undefined ? labels : { ...labels, fromState: before }, { calls: 1 });
}

/** A stream of a task was opened, or closed. */
export function countStream(change: 1 | -1, identity: Identity): void {
  recorder().count('a2a_streams', labelsOf(identity, ['agent', 'tenant']), { active: change });
}
