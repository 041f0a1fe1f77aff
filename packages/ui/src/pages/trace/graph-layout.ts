import { Graph, layout } from '@dagrejs/dagre';
import type { AgentGraph } from '../../trace/agent-graph.ts';

export interface PlacedActor {
  x: number;
  y: number;
}
export interface PlacedGraph {
  width: number;
  height: number;
  /** Centres, by id. */
  places: ReadonlyMap<string, PlacedActor>;
  /** For each call of the graph, in its order, the line from caller to called and where its figure stands. */
  lines: { path: string; x: number; y: number }[];
}

export const BOX_WIDTH = 190;
export const BOX_HEIGHT = 58;

/** From left to right, callers before the called; circles are turned round where they have to be. */
export function placeGraph(graph: AgentGraph): PlacedGraph {
  const dagre = new Graph({ directed: true, multigraph: false });
  dagre.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 74, marginx: 16, marginy: 16 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const actor of graph.actors) dagre.setNode(actor.id, { width: BOX_WIDTH, height: BOX_HEIGHT });
  for (const call of graph.calls) dagre.setEdge(call.from, call.to, { width: 34, height: 16, labelpos: 'c' });
  layout(dagre);
  const size = dagre.graph() as { width?: number; height?: number };
  const places = new Map<string, PlacedActor>();
  for (const actor of graph.actors) {
    const { x, y } = dagre.node(actor.id) as PlacedActor;
    places.set(actor.id, { x, y });
  }
  const lines = graph.calls.map((call) => {
    const edge = dagre.edge(call.from, call.to) as { points: PlacedActor[]; x?: number; y?: number };
    const middle = edge.points[Math.floor(edge.points.length / 2)]!;
    return { path: smooth(edge.points), x: edge.x ?? middle.x, y: edge.y ?? middle.y };
  });
  return { width: size.width ?? 0, height: size.height ?? 0, places, lines };
}

/** A curve through the middles of the stretches; it begins and ends where the line does. */
function smooth(points: readonly PlacedActor[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const [here, next] = [rest[i]!, rest[i + 1]!];
    const end = i === rest.length - 2 ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
    path += `Q${at(here)} ${at(end)}`;
  }
  return rest.length === 1 ? `${path}L${at(rest[0]!)}` : path;
}

function at({ x, y }: PlacedActor): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
