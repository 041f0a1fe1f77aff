import type { A2a } from '@tallyspan/server';

export type Edge = A2a['edges'][number];

/** A message may be seen from both ends, so the larger of the two counts is how many there were at least. */
export function messagesOf({ sent, executed }: Pick<Edge, 'sent' | 'executed'>): number {
  return Math.max(sent, executed);
}

/** Null is a name too: an agent that no span names. */
export function agentsOf(edges: readonly Edge[]): (string | null)[] {
  const weights = new Map<string | null, number>();
  for (const edge of edges)
    for (const agent of [edge.caller, edge.callee]) weights.set(agent, (weights.get(agent) ?? 0) + messagesOf(edge));
  return [...weights].sort(([, one], [, other]) => other - one).map(([agent]) => agent);
}

/** Of A2A's states, those in which nothing is to come; the order in which they are read. */
const STATES = [
  'submitted',
  'working',
  'input-required',
  'auth-required',
  'completed',
  'canceled',
  'failed',
  'rejected',
];

/** In the order of a task's life; states of other versions stand behind. `TASK_STATE_INPUT_REQUIRED` is `input-required`. */
export function statesOf(states: Readonly<Record<string, number>>): { state: string; count: number; isBad: boolean }[] {
  const place = (state: string) => (STATES.indexOf(state) + STATES.length + 1) % (STATES.length + 1);
  return Object.entries(states)
    .map(([name, count]) => ({
      state: name
        .toLowerCase()
        .replace(/^task_state_/, '')
        .replaceAll('_', '-'),
      count,
    }))
    .map((each) => ({ ...each, isBad: each.state === 'failed' || each.state === 'rejected' }))
    .sort((one, other) => place(one.state) - place(other.state));
}
