import { expect, it } from 'vitest';
import { agentsOf, messagesOf, statesOf } from './edges.ts';

const edge = (caller: string | null, callee: string, sent: number, executed: number) => ({
  ...{ caller, callee, sent, executed, errors: 0, durationMs: null, states: {}, last: '' },
});

it('messages seen from both ends are not added, and agents stand in the order of how much they talk', () => {
  expect(messagesOf(edge('a', 'b', 3, 2))).toBe(3);
  expect(agentsOf([edge('a', 'b', 1, 0), edge(null, 'b', 0, 5)])).toEqual(['b', null, 'a']);
});

it('states of tasks stand in the order of a task’s life, whatever version wrote them', () => {
  const states = statesOf({ failed: 1, TASK_STATE_COMPLETED: 4, other: 1, submitted: 2 });
  expect(states.map(({ state }) => state)).toEqual(['submitted', 'completed', 'failed', 'other']);
  expect(states.filter(({ isBad }) => isBad)).toHaveLength(1);
});
