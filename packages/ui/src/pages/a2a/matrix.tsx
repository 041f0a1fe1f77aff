import { useMemo } from 'react';
import { countOf, formatCount } from '../../format/count.ts';
import { agentsOf, type Edge, messagesOf } from './edges.ts';
import { named } from './edge-table.tsx';

/** A matrix of more agents than this cannot be read. */
const AGENTS_MAX = 40;

/** Callers down, called across; the darker the busier. A failed one has a mark. */
export function Matrix({ edges }: { edges: readonly Edge[] }) {
  const agents = useMemo(() => agentsOf(edges), [edges]);
  const shown = agents.slice(0, AGENTS_MAX);
  const most = Math.max(...edges.map(messagesOf), 1);
  const at = new Map(edges.map((edge) => [JSON.stringify([edge.caller, edge.callee]), edge]));
  return (
    <>
      <div
        className="data-table matrix"
        role="region"
        aria-label="Who talks to whom"
        tabIndex={0}
        data-testid="a2a-matrix"
      >
        <table>
          <caption className="unseen">Messages from the agent of the row to the agent of the column</caption>
          <thead>
            <tr>
              <td className="matrix-corner">from ↓ to →</td>
              {shown.map((agent, i) => (
                <th key={i} scope="col">
                  <span className="clip" title={named(agent)}>
                    {named(agent)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((caller, i) => (
              <tr key={i}>
                <th scope="row">
                  <span className="clip" title={named(caller)}>
                    {named(caller)}
                  </span>
                </th>
                {shown.map((callee, j) => (
                  <Cell key={j} edge={at.get(JSON.stringify([caller, callee]))} most={most} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {agents.length > shown.length && (
        <p className="note-line">
          The {AGENTS_MAX} agents that talk most; {countOf(agents.length - AGENTS_MAX, 'other stands', 'others stand')}{' '}
          in the table.
        </p>
      )}
    </>
  );
}

function Cell({ edge, most }: { edge: Edge | undefined; most: number }) {
  if (!edge) return <td className="number" />;
  const messages = messagesOf(edge);
  // Few beside many still shows.
  const share = Math.round(8 + 34 * Math.sqrt(messages / most));
  return (
    <td
      className="number"
      title={`${named(edge.caller)} to ${named(edge.callee)}: ${countOf(messages, 'message')}, ${countOf(edge.errors, 'error')}`}
      style={{ background: `color-mix(in oklab, var(--accent) ${share}%, var(--surface))` }}
    >
      {formatCount(messages)}
      {edge.errors > 0 && (
        <span className="matrix-errors">
          {formatCount(edge.errors)}
          <span className="unseen"> failed</span>
        </span>
      )}
    </td>
  );
}
