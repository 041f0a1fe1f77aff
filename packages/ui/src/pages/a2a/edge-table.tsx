import { writeTerm } from '@tallyspan/facts/query';
import { Link } from '@tanstack/react-router';
import { countOf, exactCount, formatShare } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Ago, Count } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { NoCost } from '../../widgets/money.tsx';
import { type Edge, messagesOf, statesOf } from './edges.ts';

const COLUMNS: readonly Column<Edge>[] = [
  {
    ...{ id: 'caller', title: 'From, to' },
    cell: (edge) => (
      <Link to="/" search={{ q: tracesOf(edge) }} className="row-link talk" title="Traces in which they talk">
        <span className="clip">{named(edge.caller)}</span>
        <Icon name="arrow" size={12} />
        <span className="unseen"> to </span>
        <span className="clip">{named(edge.callee)}</span>
      </Link>
    ),
    sort: ({ caller, callee }) => `${caller ?? ''} ${callee ?? ''}`,
  },
  {
    ...{ id: 'sent', title: 'Messages', isNumber: true },
    about: 'As the end saw them that saw more',
    cell: (edge) => (
      <span title={`${exactCount(edge.sent)} seen by the caller, ${exactCount(edge.executed)} by the called`}>
        <Count value={messagesOf(edge)} />
      </span>
    ),
    sort: messagesOf,
  },
  {
    ...{ id: 'errors', title: 'Errors', isNumber: true },
    cell: (edge) => (
      <span className={edge.errors > 0 ? 'rate-bad' : 'muted'} title={countOf(edge.errors, 'failed message')}>
        {formatShare(edge.errors / Math.max(1, messagesOf(edge)))}
      </span>
    ),
    sort: (edge) => edge.errors / Math.max(1, messagesOf(edge)),
  },
  ...(['p50', 'p95'] as const).map((at): Column<Edge> => ({
    ...{ id: at, title: at, isNumber: true, from: 'tablet', about: 'How long a message took' },
    cell: ({ durationMs }) => (durationMs ? formatDuration(durationMs[at]) : <NoCost title="Not known" />),
    sort: ({ durationMs }) => durationMs?.[at] ?? null,
  })),
  {
    ...{ id: 'states', title: 'Tasks left', from: 'desktop' },
    cell: ({ states }) => (
      <span className="states">
        {statesOf(states).map(({ state, count, isBad }) => (
          <span key={state} className={isBad ? 'rate-bad' : undefined}>
            {exactCount(count)} {printable(state)}
          </span>
        ))}
      </span>
    ),
  },
  {
    ...{ id: 'last', title: 'Last', isNumber: true, from: 'tablet' },
    cell: ({ last }) => <Ago iso={last} />,
    sort: ({ last }) => last,
  },
];

/** Pairs of agents, the busiest first. */
export function EdgeTable({ edges }: { edges: readonly Edge[] }) {
  return (
    <DataTable
      label="Who talks to whom"
      testId="a2a-table"
      columns={COLUMNS}
      rows={edges}
      keyOf={({ caller, callee }) => JSON.stringify([caller, callee])}
    />
  );
}

export function named(agent: string | null): string {
  return agent === null ? 'unnamed' : printable(agent);
}

/** From whichever end it was traced. */
function tracesOf({ caller, callee }: Edge): string {
  const seen = (operation: string, agent: string | null, peer: string | null) =>
    `(${[writeTerm('operation', operation), writeTerm('agent', agent), writeTerm('peer', peer)].join(' ')})`;
  return `${seen('a2a_send', caller, callee)} OR ${seen('a2a_execute', callee, caller)}`;
}
