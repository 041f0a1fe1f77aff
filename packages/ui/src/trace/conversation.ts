import type { SpanNode } from './build-tree.ts';
import { classify } from './classify.ts';
import { readMessages, readParts, type Message, type Part } from './messages.ts';

/** One entry of the transcript: a model call with what it added to the conversation, or a step that no call's message shows. */
export type Entry = Turn | Step;

export interface Turn {
  type: 'turn';
  node: SpanNode;
  /** The instructions, where they differ from those of the call before it. */
  instructions: Part[];
  /** Messages that a call before it was already given or gave; folded. */
  earlier: Message[];
  /** What this call was given beyond that. Results that are shown with their calls are left out. */
  given: Message[];
  /** What it answered. */
  answered: Message[];
  /** Results of the tools it asked for, by the id of the call. */
  results: ReadonlyMap<string, ToolResult>;
  /** Whether the call carries any content at all. */
  captured: boolean;
}

export interface ToolResult {
  text: string;
  failed: boolean;
  /** The span that ran the tool, where there is one. */
  node: SpanNode | null;
}

export interface Step {
  type: 'step';
  node: SpanNode;
}

/** A call that continues one of so many before it, in its own agent and role, is recognised. */
const CANDIDATES_MAX = 8;

/** Kinds of span that a reader of the conversation wants to know of. */
const STEPS: ReadonlySet<string> = new Set(['tool', 'gateway', 'a2a', 'sandbox', 'browser', 'retrieval', 'guard']);

type Counts = Map<string, number>;

/** Those whose spans the conversation is made of, by time. */
export function speakers(nodes: readonly SpanNode[]): SpanNode[] {
  return nodes
    .filter(({ span }) => {
      const kind = classify(span);
      return kind === 'model' || STEPS.has(kind);
    })
    .sort((a, b) => a.span.offsetMs - b.span.offsetMs || a.index - b.index);
}

/** The conversation as people read it. `byTime` are {@link speakers}, or the first of them. */
export function conversation(byTime: readonly SpanNode[]): Entry[] {
  const threads = new Map<string, { counts: Counts; instructions: string }[]>();
  const asking = new Map<string, Map<string, ToolResult>>();
  const paired = new Set<number>();
  const entries: Entry[] = [];

  for (const node of byTime) {
    const { span } = node;
    const kind = classify(span);
    if (kind === 'model') entries.push(readTurn(node, threads, asking));
    else if (!insidePaired(node, paired)) {
      if (answersCall(node, asking)) paired.add(node.index);
      else entries.push({ type: 'step', node });
    }
  }
  return entries;
}

/** How many messages stand folded and shown, for the head of the page. */
export function hasContent(entries: readonly Entry[]): boolean {
  return entries.some((entry) => entry.type === 'turn' && entry.captured);
}

/** What a tool did to answer is its own affair, unless it asked a model. */
function insidePaired(node: SpanNode, paired: ReadonlySet<number>): boolean {
  for (let at = node.parent; at && classify(at.span) !== 'agent'; at = at.parent) if (paired.has(at.index)) return true;
  return false;
}

function readTurn(
  node: SpanNode,
  threads: Map<string, { counts: Counts; instructions: string }[]>,
  asking: Map<string, Map<string, ToolResult>>,
): Turn {
  const { facts, agent, role } = node.span;
  const input = messagesOf(facts['inputMessages']);
  const answered = messagesOf(facts['outputMessages']);
  const instructions = facts['systemInstructions'] === undefined ? [] : readParts(facts['systemInstructions']);
  const instructionsKey = JSON.stringify(instructions);

  const threadKey = JSON.stringify([agent, role, facts['conversationId'] ?? null]);
  const thread = threads.get(threadKey) ?? [];
  threads.set(threadKey, thread);
  const keys = input.map(keyOf);
  let known = 0;
  for (const candidate of thread) known = Math.max(known, knownUpTo(keys, candidate.counts));

  const results = new Map<string, ToolResult>();
  for (const id of callIdsOf(answered)) asking.set(id, results);
  const given = input.slice(known).flatMap((message) => withoutPaired(message, asking));

  const said = countsOf([...keys, ...answered.map(keyOf)]);
  const sameInstructions = thread.at(-1)?.instructions === instructionsKey;
  thread.push({ counts: said, instructions: instructionsKey });
  if (thread.length > CANDIDATES_MAX) thread.shift();

  return {
    type: 'turn',
    node,
    instructions: sameInstructions ? [] : instructions,
    earlier: input.slice(0, known),
    given,
    answered,
    results,
    captured: input.length + answered.length + instructions.length > 0,
  };
}

function messagesOf(fact: unknown): Message[] {
  if (fact === undefined || fact === null) return [];
  return readMessages(fact) ?? [{ role: 'message', parts: readParts(fact) }];
}

/**
 * How many messages of the input were said before: up to the last one that stood in the earlier conversation, counted, so that a
 * second "yes" is a new message. An agent that drops old messages from its history still continues the same conversation.
 */
function knownUpTo(keys: readonly string[], counts: Counts): number {
  const seen: Counts = new Map();
  let known = 0;
  for (const [i, key] of keys.entries()) {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count <= (counts.get(key) ?? 0)) known = i + 1;
  }
  return known;
}

function countsOf(keys: readonly string[]): Counts {
  const counts: Counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** What makes a message the same when it is sent again: providers drop the thinking and change white space. */
function keyOf(message: Message): string {
  const parts = message.parts
    .filter((part) => part.kind !== 'reasoning')
    .map((part) => (part.kind === 'media' ? `${part.type}${part.reference}${part.base64?.length}` : part.text.trim()));
  return JSON.stringify([message.role, parts]);
}

function callIdsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === 'call' && part.id ? [part.id] : [])));
}

/** Gives results to the calls that asked for them, and keeps the rest of the message. */
function withoutPaired(message: Message, asking: Map<string, Map<string, ToolResult>>): Message[] {
  const rest = message.parts.filter((part) => {
    if (part.kind !== 'result' || part.id === null) return true;
    const results = asking.get(part.id);
    if (!results) return true;
    const before = results.get(part.id);
    results.set(part.id, {
      text: part.text,
      failed: part.failed || before?.failed === true,
      node: before?.node ?? null,
    });
    return false;
  });
  return rest.length === 0 && message.parts.length > 0 ? [] : [{ ...message, parts: rest }];
}

/** Whether this span is the run of a tool that a shown call asked for; its result then stands with the call. */
function answersCall(node: SpanNode, asking: Map<string, Map<string, ToolResult>>): boolean {
  const { facts, status, statusMessage, errorType } = node.span;
  const id = facts['toolCallId'];
  const results = typeof id === 'string' ? asking.get(id) : undefined;
  if (typeof id !== 'string' || !results) return false;
  const failed = status === 'error';
  const said = facts['toolResult'];
  const text = said === undefined ? (failed ? (statusMessage ?? errorType ?? '') : '') : textOf(said);
  results.set(id, { text, failed, node });
  return true;
}

function textOf(value: unknown): string {
  return readParts(value)
    .map((part) => ('text' in part ? part.text : ''))
    .join('\n');
}
