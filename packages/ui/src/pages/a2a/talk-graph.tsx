import { Graph, layout } from '@dagrejs/dagre';
import { useMemo } from 'react';
import { countOf, formatCount } from '../../format/count.ts';
import { agentsOf, type Edge, messagesOf } from './edges.ts';
import { EdgeTable, named } from './edge-table.tsx';

const WIDTH = 168;
const HEIGHT = 40;
/** A drawing of more pairs than this is a tangle. */
const EDGES_MAX = 150;

/** Agents as boxes, messages as arrows: the thicker the busier, red where some failed. The table below says the same. */
export default function TalkGraph({ edges }: { edges: readonly Edge[] }) {
  const shown = useMemo(() => edges.slice(0, EDGES_MAX), [edges]);
  const drawing = useMemo(() => draw(shown), [shown]);
  const most = Math.max(...shown.map(messagesOf), 1);
  return (
    <>
      <div className="talk-graph" role="region" aria-label="Graph of agents" tabIndex={0} data-testid="a2a-graph">
        <svg
          width="100%"
          style={{ maxWidth: drawing.width }}
          viewBox={`0 0 ${drawing.width} ${drawing.height}`}
          role="img"
          aria-label={`${countOf(drawing.agents.length, 'agent')} and who talks to whom, as in the table below`}
        >
          <defs>
            {['is-good', 'is-bad'].map((kind) => (
              <marker
                key={kind}
                id={`arrow-${kind}`}
                className={kind}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                markerUnits="userSpaceOnUse"
                orient="auto-start-reverse"
              >
                <path d="M0 0 8 4 0 8Z" />
              </marker>
            ))}
          </defs>
          {drawing.lines.map(({ path, x, y, edge }) => {
            const kind = edge.errors > 0 ? 'is-bad' : 'is-good';
            return (
              <g key={JSON.stringify([edge.caller, edge.callee])} className={`talk-line ${kind}`}>
                <title>{`${named(edge.caller)} to ${named(edge.callee)}: ${countOf(messagesOf(edge), 'message')}, ${countOf(edge.errors, 'error')}`}</title>
                <path
                  d={path}
                  strokeWidth={1.2 + 3 * Math.sqrt(messagesOf(edge) / most)}
                  markerEnd={`url(#arrow-${kind})`}
                />
                <text x={x} y={y - 5} textAnchor="middle">
                  {formatCount(messagesOf(edge))}
                </text>
              </g>
            );
          })}
          {drawing.agents.map(({ agent, x, y }) => (
            <g key={String(agent)} className="talk-agent">
              <title>{named(agent)}</title>
              <rect x={x - WIDTH / 2} y={y - HEIGHT / 2} width={WIDTH} height={HEIGHT} rx="8" />
              <text x={x} y={y + 4.5} textAnchor="middle">
                {short(named(agent))}
              </text>
            </g>
          ))}
        </svg>
      </div>
      {edges.length > shown.length && (
        <p className="note-line">The {EDGES_MAX} busiest pairs are drawn; all of them stand in the table.</p>
      )}
      <EdgeTable edges={edges} />
    </>
  );
}

function draw(edges: readonly Edge[]) {
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 110, marginx: 20, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  // Names may be anything, also those of properties; their places are not.
  const agents = agentsOf(edges);
  const idOf = (agent: string | null) => `n${agents.indexOf(agent)}`;
  for (const agent of agents) graph.setNode(idOf(agent), { width: WIDTH, height: HEIGHT });
  for (const { caller, callee } of edges)
    graph.setEdge(idOf(caller), idOf(callee), { width: 30, height: 18, labelpos: 'c' });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    ...{ width, height },
    agents: agents.map((agent) => ({ agent, ...(graph.node(idOf(agent)) as { x: number; y: number }) })),
    lines: edges.map((edge) => {
      const { points, x, y } = graph.edge(idOf(edge.caller), idOf(edge.callee)) as {
        points: { x: number; y: number }[];
        x?: number;
        y?: number;
      };
      const middle = points[Math.floor(points.length / 2)]!;
      return { edge, path: curve(points), x: x ?? middle.x, y: y ?? middle.y };
    }),
  };
}

/** Straight from point to point, with the corners rounded by their neighbours' middles. */
function curve(points: readonly { x: number; y: number }[]): string {
  const text = ({ x, y }: { x: number; y: number }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const parts = points.slice(1, -1).map((point, i) => {
    const next = points[i + 2]!;
    const end = i === points.length - 3 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${text(point)} ${text(end)}`;
  });
  return `M${text(points[0]!)}${parts.join('') || `L${text(points.at(-1)!)}`}`;
}

function short(name: string): string {
  const characters = [...name];
  return characters.length > 20 ? `${characters.slice(0, 19).join('')}…` : name;
}
