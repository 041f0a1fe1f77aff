import type { GroupRow } from '@tallyspan/store';
import type { A2a } from '../api.ts';
import { isoFromNanos } from './time.ts';

type Edge = A2a['edges'][number];

/**
 * Who talks to whom. A message may be seen from both ends, so the two counts are never added:
 *
 *   a2a_send     agent: analyst  peer: writer    3 spans  ┐
 *   a2a_execute  agent: writer   peer: analyst   3 spans  ┴► analyst → writer  sent 3, executed 3
 */
export function a2aEdges(ways: readonly GroupRow[], states: readonly GroupRow[]): Edge[] {
  const edges = new Map<
    string,
    { sent?: GroupRow; executed?: GroupRow; caller: string | null; callee: string | null }
  >();
  for (const way of ways) {
    const { isSent, caller, callee } = endsOf(way);
    const name = JSON.stringify([caller, callee]);
    const edge = edges.get(name) ?? { caller, callee };
    edge[isSent ? 'sent' : 'executed'] = way;
    edges.set(name, edge);
  }
  return [...edges.values()]
    .map(({ sent, executed, caller, callee }): Edge => {
      const seen = (sent?.spans ?? 0) >= (executed?.spans ?? 0) ? sent! : executed!;
      return {
        caller,
        callee,
        sent: sent?.spans ?? 0,
        executed: executed?.spans ?? 0,
        errors: seen.errorSpans,
        durationMs: seen.durationMs ?? null,
        states: statesOf(seen, states),
        last: isoFromNanos(seen.last),
      };
    })
    .sort((one, other) => Math.max(other.sent, other.executed) - Math.max(one.sent, one.executed));
}

function endsOf({ key: [operation, agent = null, peer = null] }: GroupRow) {
  const isSent = operation === 'a2a_send';
  return { isSent, caller: isSent ? agent : peer, callee: isSent ? peer : agent };
}

function statesOf(seen: GroupRow, states: readonly GroupRow[]): Record<string, number> {
  const own = states.filter(({ key }) => seen.key.every((part, index) => part === key[index]) && key[3] != null);
  return Object.fromEntries(own.map(({ key, spans }) => [key[3]!, spans]));
}
