/**
 * What the spans of one trace say of each other: whose each one is, and which of them are the same call. Pure, and a matter of
 * which spans there are, never of the order in which they came.
 *
 * **Whose.** A span that does not say its tenant, agent, run, role, user or session has those of the nearest ancestor that does.
 * An agent's run and role end where another agent begins.
 *
 * **Never twice.** Of calls inside each other the innermost counts:
 *
 *     chat (framework) ─► chat (client) ─► HTTP ─► server span of a proxy ─► chat (proxy) ─► chat (its client)   ◄ this one
 *     call_llm ─► execute_tool ─► chat        both: what a tool does inside a process is no part of the call that asked for it
 *
 * A tool or an agent in between ends the chain, unless a server's span lies above it: what a server does is how it answers the call.
 * An inner span without any tokens (a stream whose usage nobody asked for) leaves the count to the nearest outer one that has them.
 * Calls beside each other are the same when they have the same response id at the same time; or when one of them has none, comes
 * from another library and contains the other one in time, with the same tokens (a framework's callback and the client beneath it).
 */
import { type Facts, isBillable, type Uncounted } from '@tallyspan/facts';
import type { Kin } from '@tallyspan/store';

/** A span as far as others of its trace matter to it. */
export type Member = Kin;

/** What is inherited one by one, and what only belongs together. */
const ALONE = ['tenant', 'userId', 'sessionId', 'conversationId'] as const;
const OF_AGENT = ['agentVersion', 'runId', 'role', 'spiffeId'] as const;
const INHERITED = [...ALONE, 'agent', ...OF_AGENT] as const;
type Scope = Pick<Facts, (typeof INHERITED)[number]>;

/** Set by this file, so taken off before a trace is settled anew. */
const OURS: ReadonlySet<Uncounted | undefined> = new Set(['nested', 'same_call']);

/** A span's facts without what others of its trace had said. */
export function ownFacts<Given extends Member['facts']>(facts: Given): Given {
  if (facts.inherited === undefined && !OURS.has(facts.uncounted)) return facts;
  const { inherited = [], ...own } = facts;
  for (const fact of inherited) delete own[fact as keyof typeof own];
  if (OURS.has(own.uncounted)) delete own.uncounted;
  return own as Given;
}

/** What is to be known of a span beside what it says: more facts, or fewer than before. */
export type Settled = Scope & Pick<Facts, 'inherited' | 'uncounted'>;

/**
 * What the others of its trace say of a member, for those of which they say anything. Members of several traces may be given together.
 * Spans that were sent with a tenant's key are settled among themselves: whoever else knows the id of a trace can neither suppress
 * them nor get anything from them.
 */
export function settle<Given extends Member>(members: Iterable<Given>): Map<Given, Settled> {
  const traces = new Map<string, Given[]>();
  for (const member of members) {
    const realm = realmOf(member);
    const trace = traces.get(realm);
    if (trace) trace.push(member);
    else traces.set(realm, [member]);
  }
  const answers = new Map<Given, Settled>();
  for (const trace of traces.values()) if (trace.length > 1) settleTrace(trace, answers);
  return answers;
}

/** A trace, as far as its spans trust each other. */
function realmOf({ traceId, facts }: Member): string {
  return facts.tenantSource === undefined ? traceId : `${traceId} ${facts.tenant}`;
}

function settleTrace<Given extends Member>(members: readonly Given[], answers: Map<Given, Settled>): void {
  const nodes = new Map<string, Node[]>();
  const nodeOf = members.map((member) => findNode(nodes, member));
  const order = topDown(nodes);
  for (const node of order) inherit(node);
  countInnermost(order);
  findSameCalls(order.filter((node) => node.uncounted === undefined && classOf(node) !== undefined));
  for (const [index, member] of members.entries()) {
    const answer = settled(nodeOf[index]!);
    if (answer) answers.set(member, answer);
  }
}

/** A span; one that came twice is one. */
interface Node {
  member: Member;
  own: Member['facts'];
  /** What its descendants have from it, its own facts and those it inherited. */
  scope: Scope;
  parent: Node | undefined;
  children: Node[];
  /** The nearest call around it, per class: `fresh` ones are given up at the next tool, `sure` ones have a server between. */
  around: ReadonlyMap<string, Around>;
  /** Calls whose nearest call around is this one. */
  inside: Node[];
  uncounted: Uncounted | undefined;
}

interface Around {
  fresh?: Node;
  sure?: Node;
}

/** Spans are the same when their ids are and the tenant they said themselves. */
function findNode(nodes: Map<string, Node[]>, member: Member): Node {
  const own = ownFacts(member.facts);
  const same = nodes.get(member.spanId);
  const known = same?.find((node) => node.own.tenant === own.tenant);
  if (known) return known;
  const { uncounted } = own;
  const node: Node = { member, own, scope: own, parent: undefined, children: [], around: NONE, inside: [], uncounted };
  if (same) same.push(node);
  else nodes.set(member.spanId, [node]);
  return node;
}

const NONE: ReadonlyMap<string, Around> = new Map();

/** Parents before children. Spans that are their own ancestors come last, as if they had no parent. */
function topDown(bySpanId: ReadonlyMap<string, Node[]>): Node[] {
  const nodes = [...bySpanId.values()].flat();
  for (const node of nodes) {
    const { parentSpanId } = node.member;
    if (parentSpanId !== '') node.parent = choose(node, bySpanId.get(parentSpanId) ?? []);
    node.parent?.children.push(node);
  }
  const order = nodes.filter(({ parent }) => parent === undefined);
  for (let at = 0; at < order.length; at++) for (const child of order[at]!.children) order.push(child);
  if (order.length === nodes.length) return order;
  const reached = new Set(order);
  const circular = nodes.filter((node) => !reached.has(node));
  for (const node of circular) node.parent = undefined;
  return [...order, ...circular];
}

/** Tenants may use the same ids. A parent of one's own tenant, or else the only one that does not contradict. */
function choose(node: Node, candidates: readonly Node[]): Node | undefined {
  const tenant = node.own.tenant;
  if (candidates.length === 1 && candidates[0]!.own.tenant === tenant) return candidates[0];
  const same = candidates.filter((parent) => parent.own.tenant === tenant);
  if (same.length > 0) return same[0];
  const possible = candidates.filter((parent) => parent.own.tenant === undefined || tenant === undefined);
  return possible.length === 1 ? possible[0] : undefined;
}

function inherit(node: Node): void {
  const above = node.parent?.scope;
  if (above === undefined || !INHERITED.some((fact) => above[fact] !== undefined)) return;
  if (!INHERITED.some((fact) => node.own[fact] !== above[fact] && node.own[fact] !== undefined)) {
    node.scope = above;
    return;
  }
  const scope: Record<string, unknown> = {};
  for (const fact of ALONE) scope[fact] = node.own[fact] ?? above[fact];
  const sameAgent = node.own.agent === undefined || node.own.agent === above.agent || above.agent === undefined;
  scope.agent = node.own.agent ?? above.agent;
  for (const fact of OF_AGENT) scope[fact] = node.own[fact] ?? (sameAgent ? above[fact] : undefined);
  // It names the role as well.
  if (scope.role !== above.role && node.own.spiffeId === undefined) scope.spiffeId = undefined;
  node.scope = scope as Scope;
}

function settled({ own, scope, uncounted }: Node): Settled | undefined {
  // What is no step of an agent (an HTTP request, a query) is in no sum, and is left as it came.
  const inherited =
    scope === own || own.operation === undefined
      ? []
      : INHERITED.filter((fact) => own[fact] === undefined && scope[fact] !== undefined);
  const isOurs = OURS.has(uncounted);
  if (inherited.length === 0 && !isOurs) return undefined;
  const facts: Record<string, unknown> = {};
  for (const fact of inherited) facts[fact] = scope[fact];
  if (inherited.length > 0) facts.inherited = inherited;
  if (isOurs) facts.uncounted = uncounted;
  return facts as Settled;
}

/** Steps that do something of their own in between. */
const STEPS = new Set(['execute_tool', 'invoke_agent', 'invoke_workflow']);
const INFERENCE = new Set(['chat', 'text_completion', 'generate_content']);

/** Only calls of one class can be the same call. */
function classOf({ own }: Node): string | undefined {
  if (!isBillable(own)) return undefined;
  return INFERENCE.has(own.operation!) ? 'inference' : own.operation;
}

function countInnermost(order: readonly Node[]): void {
  for (const node of order) {
    node.around = surroundings(node);
    const kind = classOf(node);
    const around = kind === undefined ? undefined : node.parent?.around.get(kind);
    const outer = around?.fresh ?? around?.sure;
    if (outer !== undefined && outer.scope.tenant === node.scope.tenant) outer.inside.push(node);
  }
  const tokensInside = new Set<Node>();
  for (const node of order.toReversed()) {
    if (node.inside.some((inner) => speaks(inner) || tokensInside.has(inner))) tokensInside.add(node);
  }
  const swallowed = new Set<Node>();
  for (const node of order) {
    if (swallowed.has(node)) {
      node.uncounted = 'nested';
      for (const inner of node.inside) swallowed.add(inner);
    } else if (node.inside.length > 0) {
      if (tokensInside.has(node) || !speaks(node)) node.uncounted = 'nested';
      else for (const inner of node.inside) swallowed.add(inner);
    }
  }
}

/** The calls around what is inside this span. */
function surroundings(node: Node): ReadonlyMap<string, Around> {
  let around = node.parent?.around ?? NONE;
  const isServer = node.member.kind === 'server' || node.member.kind === 'consumer';
  if (isServer)
    around = mapped(around, ({ fresh, sure }) => ((fresh ?? sure) === undefined ? {} : { sure: (fresh ?? sure)! }));
  if (STEPS.has(node.own.operation ?? '')) around = mapped(around, ({ sure }) => (sure ? { sure } : {}));
  const kind = classOf(node);
  if (kind === undefined) return around;
  const sure = around.get(kind)?.sure;
  return new Map(around).set(kind, { fresh: node, ...(sure && { sure }) });
}

function mapped(around: ReadonlyMap<string, Around>, change: (around: Around) => Around): ReadonlyMap<string, Around> {
  return around.size === 0 ? around : new Map([...around].map(([kind, calls]) => [kind, change(calls)]));
}

/** Whether it says what the call used. */
function speaks({ own }: Node): boolean {
  return (own.inputTokens ?? 0) + (own.outputTokens ?? 0) > 0 || (own.costNanoUsd ?? 0n) > 0n;
}

/** Shorter ones are made up: Ollama numbers its answers from 0 to 999. */
const RESPONSE_ID_CHARS_MIN = 16;

function findSameCalls(calls: Node[]): void {
  if (calls.length < 2) return;
  calls.sort(mostTelling);
  const byResponse = new Map<string, Node[]>();
  for (const call of calls) {
    const id = call.own.responseId;
    if (id === undefined || id.length < RESPONSE_ID_CHARS_MIN) continue;
    const key = `${classOf(call)} ${id}`;
    const others = byResponse.get(key) ?? [];
    const winner = others.find((other) => overlap(other.member, call.member) && agree(other, call));
    if (winner) call.uncounted = 'same_call';
    else byResponse.set(key, [...others, call]);
  }
  findUnnamed(calls);
}

/** Calls that have no response id, around calls of another library that have one. Each of the latter explains one of the former. */
function findUnnamed(calls: readonly Node[]): void {
  const unnamed = calls.filter(({ own, uncounted }) => own.responseId === undefined && uncounted === undefined);
  if (unnamed.length === 0) return;
  const named = new Set(calls.filter(({ own, uncounted }) => own.responseId !== undefined && uncounted === undefined));
  for (const outer of unnamed) {
    for (const inner of named) {
      if (!isBeneath(outer, inner)) continue;
      outer.uncounted = 'same_call';
      named.delete(inner);
      break;
    }
  }
}

function isBeneath(outer: Node, inner: Node): boolean {
  return (
    speaks(outer) &&
    outer.own.inputTokens === inner.own.inputTokens &&
    outer.own.outputTokens === inner.own.outputTokens &&
    classOf(outer) === classOf(inner) &&
    outer.scope.tenant === inner.scope.tenant &&
    outer.member.parentSpanId === inner.member.parentSpanId &&
    outer.member.scopeName !== inner.member.scopeName &&
    outer.member.start <= inner.member.start &&
    inner.member.end <= outer.member.end
  );
}

function overlap(left: Member, right: Member): boolean {
  return left.start <= right.end && right.start <= left.end;
}

/** Two spans of one answer say the same of it, or one of them nothing. */
function agree(left: Node, right: Node): boolean {
  const same = (of: (facts: Member['facts']) => number | undefined) => {
    const [one, other] = [of(left.own), of(right.own)];
    return one === undefined || other === undefined || one === other;
  };
  return (
    left.scope.tenant === right.scope.tenant &&
    same(({ inputTokens }) => inputTokens || undefined) &&
    same(({ outputTokens }) => outputTokens || undefined)
  );
}

/** Of two of one call, the one that has tokens, then the shorter one: it is nearer to the provider. */
function mostTelling(left: Node, right: Node): number {
  if (speaks(left) !== speaks(right)) return speaks(left) ? -1 : 1;
  const [short, long] = [left.member.end - left.member.start, right.member.end - right.member.start];
  if (short !== long) return short < long ? -1 : 1;
  if (left.member.spanId !== right.member.spanId) return left.member.spanId < right.member.spanId ? -1 : 1;
  return (left.own.tenant ?? '') < (right.own.tenant ?? '') ? -1 : 1;
}
