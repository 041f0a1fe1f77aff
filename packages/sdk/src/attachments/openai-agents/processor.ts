import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Facts, Identity } from '@tallyspan/facts';
import type { Emitter, OpenModelCall, OpenStep } from '../../attach.ts';
import { fields, text } from '../../read.ts';
import { type Frame, state } from '../../state.ts';
import { OpenRuns } from '../open-runs.ts';
import { toldCall, usageTold } from './model-facts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What `addTraceProcessor` takes (`@openai/agents-core`, `TracingProcessor`). */
export interface AgentsProcessor {
  start(): void;
  onTraceStart(trace: unknown): Promise<void>;
  onTraceEnd(trace: unknown): Promise<void>;
  onSpanStart(span: unknown): Promise<void>;
  onSpanEnd(span: unknown): Promise<void>;
  shutdown(): Promise<void>;
  forceFlush(): Promise<void>;
}

/** A trace or a span of the Agents SDK. */
interface Run {
  /** The span that what is below is under: its own, or that of what it is a detail of. */
  step: OpenStep | undefined;
  isOwn: boolean;
  call?: OpenModelCall;
  /** Calls of a turn that ended without their tokens. */
  untold: OpenModelCall[];
}

/** Ids are unique: all processors share the runs, and what two of them hear of is recorded once. */
const runs = new OpenRuns<Run>({ forgotten: (run) => giveUp(run, 0), quiet: giveUp });

/** Where the Agents SDK keeps its async context for all copies of itself (`@openai/agents-core`, tracing/context). */
const STORAGE = Symbol.for('openai.agents.core.asyncLocalStorage');

/** Who is told. Several processors may be there; the first records. */
const emitters = new Set<Emitter>();
let isLooking = false;

/**
 * The context of the Agents SDK's innermost span that runs, else of its trace. Where another processor is told before us, we hear of
 * a span only after its work began: it is begun here when somebody asks.
 */
function ambient(): Frame | undefined {
  if (isLooking) return undefined;
  isLooking = true;
  try {
    const storage = (globalThis as { [STORAGE]?: AsyncLocalStorage<unknown> })[STORAGE];
    const { active, span, trace } = fields(storage?.getStore());
    if (active !== true) return undefined;
    let at = fields(span);
    for (let depth = 0; depth < DEPTH_MAX && at.spanId !== undefined; depth++, at = fields(at.previousSpan)) {
      const run = running(at, 0);
      if (run) return (run.call ?? run.step)?.frame;
    }
    return runs.get(text(fields(trace).traceId))?.step?.frame;
  } catch {
    return undefined;
  } finally {
    isLooking = false;
  }
}

const DEPTH_MAX = 16;

function running(span: Fields, depth: number): Run | undefined {
  const known = runs.get(text(span.spanId));
  if (known || span.startedAt === null || span.endedAt !== null || depth > DEPTH_MAX) return known;
  const [emit] = emitters;
  if (!emit) return undefined;
  const before = fields(span.previousSpan);
  if (before.spanId === span.parentId) running(before, depth + 1);
  beginSpan(emit, span);
  return runs.get(text(span.spanId));
}

/** Records what the Agents SDK traces. Tasks and turns repeat the tokens of their model calls, which are counted once. */
export function processorOf(emit: Emitter): AgentsProcessor {
  if (!state.ambients.includes(ambient)) state.ambients.push(ambient);
  emitters.add(emit);
  const told = (tell: (item: Fields) => void) => async (item: unknown) => {
    try {
      tell(fields(item));
    } catch {
      // Not recorded; the agents go on.
    }
  };
  return {
    start() {},
    onTraceStart: told((trace) => beginTrace(emit, trace)),
    onTraceEnd: told(({ traceId }) => end(traceId)),
    onSpanStart: told((span) => beginSpan(emit, span)),
    onSpanEnd: told(endSpan),
    // What `setTraceProcessors` says to those it takes off.
    async shutdown() {
      emitters.delete(emit);
    },
    async forceFlush() {},
  };
}

function beginTrace(emit: Emitter, { traceId, name, groupId }: Fields): void {
  const id = text(traceId);
  if (id === undefined || runs.get(id)) return;
  const workflow = text(name) === 'Agent workflow' ? undefined : text(name);
  const sessionId = text(groupId);
  const step = emit.step(
    { operation: 'invoke_workflow', ...(workflow === undefined ? {} : { workflow }) },
    { identity: { framework: 'openai-agents', ...(sessionId === undefined ? {} : { sessionId }) } },
  );
  runs.set(id, { step, isOwn: true, untold: [] });
}

/**
 * A span may be told of when work inside of it has begun already. Beginning it asks where we are, which would begin the inner one, and
 * that its parents: this span a second time, with the first below it.
 */
function beginSpan(emit: Emitter, span: Fields): void {
  const id = text(span.spanId);
  if (id === undefined || runs.get(id)) return;
  const wasLooking = isLooking;
  isLooking = true;
  try {
    beginNew(emit, id, span);
  } finally {
    isLooking = wasLooking;
  }
}

function beginNew(emit: Emitter, id: string, { parentId, traceId, spanData }: Fields): void {
  const parent = runs.get(text(parentId)) ?? runs.get(text(traceId));
  const data = fields(spanData);
  if (data.type === 'response' || data.type === 'generation') {
    const { asked } = toldCall(data);
    const call = emit.model(asked, { under: parent?.step });
    runs.set(id, { step: parent?.step, isOwn: false, call, untold: [] });
    return;
  }
  const known = Object.hasOwn(steps, String(data.type)) ? steps[String(data.type)]!(data) : undefined;
  if (!known) runs.set(id, { step: parent?.step, isOwn: false, untold: parent?.untold ?? [] });
  else runs.set(id, { step: emit.step(known.facts, { under: parent?.step, ...known.rest }), isOwn: true, untold: [] });
}

/** What kinds of spans become steps of their own. Others (tasks, lists of tools, speech groups) are details. */
const steps: Readonly<Record<string, (data: Fields) => { facts: Facts; rest?: { identity?: Identity } }>> = {
  agent({ name }) {
    const agent = text(name) ?? 'agent';
    return {
      facts: { operation: 'invoke_agent' },
      rest: { identity: { agent, role: agent, framework: 'openai-agents' } },
    };
  },
  turn: () => ({ facts: { operation: 'agent_step' } }),
  function: ({ name }) => ({
    facts: { operation: 'execute_tool', toolName: text(name) ?? '', toolType: 'function' },
  }),
  handoff: () => ({ facts: { operation: 'execute_tool', toolType: 'handoff' } }),
  guardrail: ({ name }) => ({
    facts: { operation: 'execute_tool', toolName: text(name) ?? '', toolType: 'guardrail' },
  }),
  custom: () => ({ facts: {} }),
};

const BLOCKED = Object.assign(new Error('guardrail'), { name: 'guardrail_blocked' });

function endSpan({ spanId, parentId, spanData, error }: Fields): void {
  const run = runs.take(text(spanId) ?? '');
  if (!run) return;
  const data = fields(spanData);
  const failure = failureOf(error);
  if (run.call) return endCall(run.call, data, failure, runs.get(text(parentId)));
  if (!run.isOwn) return;
  // The data of a turn is that of its last model call, where the call was told of without it.
  const usage = usageTold(data.usage);
  for (const [index, call] of run.untold.entries()) call.answered(index === 0 ? usage : {});
  if (data.type === 'function') run.step?.add({}, { arguments: data.input, result: data.output });
  if (data.type === 'handoff') run.step?.add({ toolName: `transfer_to_${text(data.to_agent) ?? 'nobody'}` });
  if (data.type === 'guardrail' && data.triggered === true) run.step?.fail(BLOCKED);
  else if (failure) run.step?.fail(failure);
  else run.step?.end();
}

function endCall(call: OpenModelCall, data: Fields, failure: object | undefined, turn: Run | undefined): void {
  const { asked, answered, content } = toldCall(data);
  call.add(asked);
  if (failure) {
    call.add(answered);
    return call.fail(failure);
  }
  if (answered.inputTokens === undefined && turn) {
    call.add(answered);
    turn.untold.push(call);
  } else call.answered(answered, call.keepsContent ? content() : undefined);
}

function end(id: unknown): void {
  const run = runs.take(text(id) ?? '');
  if (run?.isOwn) run.step?.end();
}

function giveUp({ step, isOwn, call, untold }: Run, sinceMs: number): void {
  for (const each of [call, ...untold]) each?.left('abandoned', sinceMs);
  if (isOwn) step?.end(sinceMs);
}

/**
 * The Agents SDK tells of an error by its message, and of its class only among the data. The message may quote the prompt: what is
 * taken from it is the status it begins with, and whether it was an abort.
 */
function failureOf(error: unknown): object | undefined {
  if (error === null || error === undefined) return undefined;
  const { message, data } = fields(error);
  const said = `${text(fields(data).error) ?? ''} ${text(message) ?? ''}`;
  if (/\babort/i.test(said)) return Object.assign(new Error(text(message)), { name: 'AbortError' });
  const status = /\b([45]\d\d)\b/.exec(said)?.[1];
  if (status !== undefined) return Object.assign(new Error(text(message)), { status: Number(status) });
  const name = /^\s*([A-Z]\w*Error)\b/.exec(said)?.[1];
  return Object.assign(new Error(text(message)), name === undefined ? {} : { name });
}
