import { usdFromNanos } from '@tallyspan/facts/units';
import '../../styles/trace-graph.css';
import { useMemo, useState, type CSSProperties } from 'react';
import { countOf, exactCount, formatCount } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { exactUsd, formatUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import { agentGraph, type Actor, type Call, type Figures } from '../../trace/agent-graph.ts';
import type { SpanTree } from '../../trace/build-tree.ts';
import { CLASS_LABELS } from '../../trace/classify.ts';
import { Icon } from '../../widgets/icon.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { BOX_HEIGHT, BOX_WIDTH, placeGraph, type PlacedGraph } from './graph-layout.ts';
import { GraphTable } from './graph-table.tsx';

/** Who called whom in this trace, as a picture and as a table. */
export default function GraphView({
  tree,
  show,
}: {
  tree: SpanTree;
  show(part: { span?: string; find?: string }): void;
}) {
  const graph = useMemo(() => agentGraph(tree), [tree]);
  const placed = useMemo(() => placeGraph(graph), [graph]);
  const [chosenId, setChosenId] = useState<string>();
  const chosen = graph.actors.find((actor) => actor.id === chosenId);
  if (graph.actors.length === 0) {
    return (
      <EmptyState icon="agent" title="Nobody to draw" text="No span of this trace names an agent, a model or a tool." />
    );
  }
  const touches = (call: Call) => chosenId === undefined || call.from === chosenId || call.to === chosenId;
  const near = new Set(graph.calls.filter(touches).flatMap((call) => [call.from, call.to]));
  return (
    <section className="graph-view" aria-label="Agents" data-testid="agent-graph">
      <div
        className="graph-scroll"
        tabIndex={0}
        role="group"
        aria-label="Drawing of who called whom; the same stands in the table below"
      >
        <svg style={sizes(placed)} viewBox={`0 0 ${placed.width} ${placed.height}`}>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0.8 7 4 0 7.2" />
            </marker>
          </defs>
          {graph.calls.map((call, i) => (
            <Line key={i} call={call} line={placed.lines[i]!} faded={!touches(call)} />
          ))}
          {graph.actors.map((actor) => (
            <Box
              key={actor.id}
              actor={actor}
              place={placed.places.get(actor.id)!}
              chosen={actor.id === chosenId}
              faded={chosenId !== undefined && actor.id !== chosenId && !near.has(actor.id)}
              choose={() => setChosenId(actor.id === chosenId ? undefined : actor.id)}
            />
          ))}
        </svg>
      </div>
      {chosen && (
        <div className="graph-chosen" role="status" data-testid="graph-chosen">
          <span className={`op-icon op-${chosen.kind}`}>
            <Icon name={chosen.kind} size={14} />
          </span>
          <strong className="clip">{printable(chosen.name)}</strong>
          <span className="muted">{figuresText(chosen.figures)}</span>
          <button type="button" className="button small" onClick={() => show({ span: chosen.first.span.spanId })}>
            {chosen.first.span.status === 'error' ? 'Show the failed span' : 'Show the first span'}
          </button>
          <button type="button" className="button small" onClick={() => show({ find: chosen.name })}>
            Show all
          </button>
        </div>
      )}
      {graph.together.length > 0 && (
        <p className="hint graph-hint">
          Put together to keep the picture readable:{' '}
          {graph.together.map(({ kind, count }) => `${exactCount(count)} × ${CLASS_LABELS[kind]}`).join(', ')}.
        </p>
      )}
      <GraphTable graph={graph} />
    </section>
  );
}

/** How far the picture may shrink to fit. */
const SCALE_MIN = 0.72;

function sizes({ width }: PlacedGraph): CSSProperties {
  return { '--width': `${width}px`, '--width-min': `${width * SCALE_MIN}px` } as CSSProperties;
}

function Line({ call, line, faded }: { call: Call; line: { path: string; x: number; y: number }; faded: boolean }) {
  const { count, errors } = call.figures;
  return (
    <g className={`graph-line${errors > 0 ? ' is-failed' : ''}${faded ? ' is-faded' : ''}`} aria-hidden="true">
      <path d={line.path} markerEnd="url(#arrow)" strokeWidth={1 + Math.min(2.5, Math.log10(count))} />
      {count > 1 && (
        <text x={line.x} y={line.y} dy="0.35em">
          {formatCount(count)}×
        </text>
      )}
    </g>
  );
}

function Box(properties: {
  actor: Actor;
  place: { x: number; y: number };
  chosen: boolean;
  faded: boolean;
  choose(): void;
}) {
  const { actor, place, chosen, faded, choose } = properties;
  const { figures } = actor;
  const names = ['graph-box', `op-${actor.kind}`];
  if (chosen) names.push('is-chosen');
  if (faded) names.push('is-faded');
  if (figures.errors > 0) names.push('is-failed');
  return (
    <foreignObject x={place.x - BOX_WIDTH / 2} y={place.y - BOX_HEIGHT / 2} width={BOX_WIDTH} height={BOX_HEIGHT}>
      <button
        type="button"
        className={names.join(' ')}
        aria-pressed={chosen}
        title={printable(actor.about === null ? actor.name : `${actor.name}, ${actor.about}`)}
        data-actor={actor.name}
        onClick={choose}
      >
        <span className="op-icon">
          <Icon name={actor.kind} size={15} />
          <span className="unseen">{CLASS_LABELS[actor.kind]}</span>
        </span>
        <span className="graph-name clip">{printable(actor.name)}</span>
        <span className="graph-about">{shortFigures(figures)}</span>
        {figures.errors > 0 && <span className="graph-errors">{countOf(figures.errors, 'error')}</span>}
      </button>
    </foreignObject>
  );
}

function shortFigures({ count, billable, unpriced, costNanos }: Figures): string {
  const cost = billable === 0 ? '' : unpriced === billable ? ', unpriced' : `, ${formatUsd(usdFromNanos(costNanos))}`;
  return `${formatCount(count)}×${cost}`;
}

function figuresText({ count, errors, durationMs, billable, unpriced, costNanos }: Figures): string {
  const parts = [`${exactCount(count)}×`, formatDuration(durationMs)];
  if (billable > 0) parts.push(unpriced === billable ? 'unpriced' : exactUsd(usdFromNanos(costNanos)));
  if (unpriced > 0 && unpriced < billable) parts.push(`${exactCount(unpriced)} unpriced`);
  if (errors > 0) parts.push(countOf(errors, 'error'));
  return parts.join(', ');
}
