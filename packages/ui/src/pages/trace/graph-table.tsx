import { usdFromNanos } from '@tallyspan/facts/units';
import { exactCount } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { exactUsd, formatUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import type { AgentGraph } from '../../trace/agent-graph.ts';
import { CLASS_LABELS } from '../../trace/classify.ts';
import { TokenFlow } from '../../widgets/figures.tsx';
import { Icon } from '../../widgets/icon.tsx';

/** The picture in words and figures: each that took part, by whom it was called. */
export function GraphTable({ graph }: { graph: AgentGraph }) {
  const nameOf = new Map(graph.actors.map((actor) => [actor.id, actor.name]));
  return (
    <div className="graph-table" tabIndex={0} role="group" aria-label="Who called whom, as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Called by</th>
            <th scope="col" className="number">
              Calls
            </th>
            <th scope="col" className="number">
              Errors
            </th>
            <th scope="col" className="number">
              Time
            </th>
            <th scope="col" className="number">
              Tokens
            </th>
            <th scope="col" className="number">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {graph.actors.map((actor) => {
            const { figures } = actor;
            const usd = usdFromNanos(figures.costNanos);
            const callers = graph.calls
              .filter((call) => call.to === actor.id)
              .map((call) => `${nameOf.get(call.from)} ${exactCount(call.figures.count)}×`);
            return (
              <tr key={actor.id}>
                <th scope="row">
                  <span className={`op-icon op-${actor.kind}`}>
                    <Icon name={actor.kind} size={13} />
                  </span>
                  <span className="unseen">{CLASS_LABELS[actor.kind]} </span>
                  {printable(actor.name)}
                  {actor.about !== null && <span className="muted"> {printable(actor.about)}</span>}
                </th>
                <td>{printable(callers.join(', '))}</td>
                <td className="number">{exactCount(figures.count)}</td>
                <td className={`number${figures.errors > 0 ? ' is-failed' : ''}`}>{exactCount(figures.errors)}</td>
                <td className="number">{formatDuration(figures.durationMs)}</td>
                <td className="number">
                  {figures.billable > 0 && <TokenFlow input={figures.inputTokens} output={figures.outputTokens} />}
                </td>
                <td className="number" title={figures.billable > 0 ? exactUsd(usd) : undefined}>
                  {figures.billable > 0 && (figures.unpriced === figures.billable ? 'unpriced' : formatUsd(usd))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
