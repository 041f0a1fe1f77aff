import type { SpanNode, SpanTree } from './build-tree.ts';
import { classify, shortName, type SpanClass } from './classify.ts';
import { nanosFromUsd } from '../format/money.ts';

/** Somebody or something that takes part in a trace: an agent, a role of one, a model, a tool, a server, a peer. */
export interface Actor {
  id: string;
  kind: SpanClass;
  name: string;
  /** What stands below the name: the provider of a model, the agent of a role. */
  about: string | null;
  figures: Figures;
  /** The span to show when somebody wants to see one: the first that failed, else the first. */
  first: SpanNode;
}

/** Who called whom. */
export interface Call {
  from: string;
  to: string;
  figures: Figures;
}

export interface Figures {
  /** How often it was called. */
  count: number;
  errors: number;
  /** Added durations; what runs side by side is counted twice. */
  durationMs: number;
  inputTokens: number;
  outputTokens: number;
  /** Of billable spans alone. */
  costNanos: bigint;
  billable: number;
  unpriced: number;
}

export interface AgentGraph {
  /** In the order in which they first appear. */
  actors: Actor[];
  calls: Call[];
  /** Actors of one kind that were put together, because so many boxes are no picture. */
  together: { kind: SpanClass; count: number }[];
}

/** Beyond this many the least used of a kind stand in one box, which says how many it holds. */
export const ACTORS_MAX = 48;

/** Kinds of span that act by themselves: what is called below them is called by them. */
const ACTING: ReadonlySet<SpanClass> = new Set(['agent', 'role']);

/** Who took part in a trace and who called whom. Spans that are neither agents nor calls of something pass their callers on. */
export function agentGraph(tree: SpanTree): AgentGraph {
  const actors = new Map<string, Actor>();
  const calls = new Map<string, Call>();
  const acting = new Map<SpanNode, string | null>();

  for (const node of tree.nodes) {
    const caller = node.parent ? (acting.get(node.parent) ?? null) : null;
    const identity = identityOf(node);
    if (!identity) {
      acting.set(node, caller);
      continue;
    }
    const { kind, name, about } = identity;
    const id = `${kind}\n${about ?? ''}\n${name}`;
    const repeated = id === caller;
    // Model calls and tools act too when something runs below them: an agent behind a tool, an MCP server's own calls.
    acting.set(node, ACTING.has(kind) || node.children.length > 0 ? id : caller);
    // A run of an agent inside of a run of itself is one actor that called nobody.
    if (repeated) continue;
    const actor = actors.get(id) ?? { id, kind, name, about, figures: noFigures(), first: node };
    if (!actors.has(id)) actors.set(id, actor);
    count(actor.figures, node);
    if (node.span.status === 'error' && actor.first.span.status !== 'error') actor.first = node;
    if (caller === null) continue;
    const key = `${caller}\r${id}`;
    const call = calls.get(key) ?? { from: caller, to: id, figures: noFigures() };
    calls.set(key, call);
    count(call.figures, node);
  }
  return putTogether({ actors: [...actors.values()], calls: [...calls.values()], together: [] });
}

function identityOf(node: SpanNode): { kind: SpanClass; name: string; about: string | null } | null {
  const { span } = node;
  const kind = classify(span);
  switch (kind) {
    case 'other':
      return null;
    case 'agent':
      return { kind, name: span.agent ?? shortName(span), about: null };
    case 'role':
      return { kind, name: span.role ?? shortName(span), about: span.agent };
    case 'model':
    case 'embeddings':
      // A framework's span around a client's call is the same call seen from outside.
      if (!span.billable && node.children.some((child) => child.span.billable)) return null;
      return { kind, name: span.model ?? shortName(span), about: span.provider };
    case 'gateway':
    case 'a2a': {
      const peer = span.facts['serverAddress'] ?? span.attributes['server.address'];
      return { kind, name: span.tool ?? shortName(span), about: typeof peer === 'string' ? peer : null };
    }
    case 'guard':
      return { kind, name: 'guard', about: null };
    default:
      return { kind, name: span.tool ?? shortName(span), about: null };
  }
}

function putTogether(graph: AgentGraph): AgentGraph {
  if (graph.actors.length <= ACTORS_MAX) return graph;
  const byUse = graph.actors.toSorted((a, b) => b.figures.count - a.figures.count);
  const room = new Set(byUse.slice(0, ACTORS_MAX - 8).map((actor) => actor.id));
  const renamed = new Map<string, string>();
  const actors = new Map<string, Actor>();
  const together = new Map<SpanClass, number>();
  for (const actor of graph.actors) {
    const id = room.has(actor.id) ? actor.id : `${actor.kind}\nrest`;
    renamed.set(actor.id, id);
    const before = actors.get(id);
    if (id !== actor.id) together.set(actor.kind, (together.get(actor.kind) ?? 0) + 1);
    if (before) addFigures(before.figures, actor.figures);
    else actors.set(id, { ...actor, id, about: id === actor.id ? actor.about : null, figures: { ...actor.figures } });
  }
  for (const [kind, number] of together) actors.get(`${kind}\nrest`)!.name = `${number} others`;
  const calls = new Map<string, Call>();
  for (const call of graph.calls) {
    const [from, to] = [renamed.get(call.from)!, renamed.get(call.to)!];
    const before = calls.get(`${from}\r${to}`);
    if (before) addFigures(before.figures, call.figures);
    else calls.set(`${from}\r${to}`, { from, to, figures: { ...call.figures } });
  }
  return {
    actors: [...actors.values()],
    calls: [...calls.values()].filter((call) => call.from !== call.to),
    together: [...together].map(([kind, number]) => ({ kind, count: number })),
  };
}

function noFigures(): Figures {
  return {
    ...{ count: 0, errors: 0, durationMs: 0, inputTokens: 0, outputTokens: 0 },
    ...{ costNanos: 0n, billable: 0, unpriced: 0 },
  };
}

/** A call's own figures; of an agent or a role, of all below it. */
function count(figures: Figures, { span, subtree }: SpanNode): void {
  figures.count++;
  if (span.status === 'error') figures.errors++;
  figures.durationMs += span.durationMs;
  if (span.billable) {
    figures.billable++;
    figures.inputTokens += span.inputTokens ?? 0;
    figures.outputTokens += span.outputTokens ?? 0;
    if (span.cost?.costUsd != null) figures.costNanos += nanosFromUsd(span.cost.costUsd);
    else if (span.cost !== null) figures.unpriced++;
  } else {
    figures.billable += subtree.calls;
    figures.inputTokens += subtree.inputTokens;
    figures.outputTokens += subtree.outputTokens;
    figures.costNanos += subtree.costNanos;
    figures.unpriced += subtree.unpricedCalls;
  }
}

function addFigures(sum: Figures, part: Figures): void {
  sum.count += part.count;
  sum.errors += part.errors;
  sum.durationMs += part.durationMs;
  sum.inputTokens += part.inputTokens;
  sum.outputTokens += part.outputTokens;
  sum.costNanos += part.costNanos;
  sum.billable += part.billable;
  sum.unpriced += part.unpriced;
}
