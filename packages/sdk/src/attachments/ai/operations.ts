import type { Emitter, OpenModelCall, OpenStep } from '../../attach.ts';
import { currentFrame } from '../../context.ts';
import { fields, text } from '../../read.ts';
import type { Frame } from '../../state.ts';
import { OpenRuns } from '../open-runs.ts';
import { type Asking, beginCall, failCall, readResult } from './model-call.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A call of `generateText`, `streamText`, `embed` and the like, while it runs. */
interface Operation {
  /** The span around it: where it is an agent (it has tools), or has a `functionId`, which is its role. */
  span: OpenStep | undefined;
  isAgent: boolean;
  /** The step that runs, of an agent. */
  step: OpenStep | undefined;
  stepNumber: number | undefined;
  tools: Map<string, OpenStep>;
  /** Model calls that are told of and cannot be stood around. */
  calls: Map<string, OpenModelCall>;
  /** How many model calls were told of. */
  callCount: number;
  isAborted: boolean;
}

/**
 * The operations of the AI SDK 7, by their `callId`. They are told of twice, by the telemetry integration and by the tracing channel,
 * each of which may be missing: what is heard second changes nothing.
 */
export class Operations {
  readonly #emit: Emitter;
  readonly #open = new OpenRuns<Operation>({
    forgotten: (operation) => closeAll(operation, undefined),
    quiet: (operation, sinceMs) => closeAll(operation, undefined, sinceMs),
  });

  constructor(emit: Emitter) {
    this.#emit = emit;
  }

  begin(event: unknown): void {
    const { callId, functionId, tools } = fields(event);
    const id = text(callId);
    if (id === undefined || this.#open.get(id)) return;
    const role = text(functionId);
    const isAgent = tools !== undefined && Object.keys(fields(tools)).length > 0;
    const operation: Operation = {
      span: undefined,
      isAgent,
      step: undefined,
      stepNumber: undefined,
      tools: new Map(),
      calls: new Map(),
      callCount: 0,
      isAborted: false,
    };
    this.#open.set(id, operation);
    if (!isAgent && role === undefined) return;
    const agent = isAgent && currentFrame()?.identity.agent === undefined ? role : undefined;
    operation.span = this.#emit.step(isAgent ? { operation: 'invoke_agent' } : {}, {
      identity: {
        ...(agent === undefined ? {} : { agent }),
        ...(role === undefined ? {} : { role }),
        ...(isAgent ? { framework: 'ai-sdk' } : {}),
      },
    });
  }

  end(event: unknown): void {
    this.#close(event, undefined);
  }

  fail(event: unknown, error: unknown): void {
    this.#close(event, error ?? new Error('error'));
  }

  abort(event: unknown): void {
    const operation = this.#of(event);
    if (operation) operation.isAborted = true;
    this.#close(event, fields(event).reason ?? new DOMException('aborted', 'AbortError'));
  }

  #close(event: unknown, error: unknown): void {
    const operation = this.#open.take(text(fields(event).callId) ?? '');
    if (operation) closeAll(operation, error);
  }

  beginStep(event: unknown): void {
    const operation = this.#of(event);
    const { stepNumber } = fields(event);
    if (!operation?.isAgent || operation.stepNumber === stepNumber) return;
    operation.step?.end();
    operation.stepNumber = stepNumber as number;
    operation.step = this.#emit.step({ operation: 'agent_step' }, { under: operation.span });
  }

  /** Tools run after the model's answer and before the end of the step. */
  endStep(event: unknown, error?: unknown): void {
    const operation = this.#of(event);
    if (!operation) return;
    if (error === undefined) operation.step?.end();
    else operation.step?.fail(error);
    operation.step = undefined;
  }

  beginTool(event: unknown): OpenStep | undefined {
    const operation = this.#of(event);
    const { toolCall } = fields(event);
    const { toolCallId, toolName, input } = fields(toolCall);
    const id = text(toolCallId);
    if (!operation || id === undefined) return undefined;
    const known = operation.tools.get(id);
    if (known) return known;
    const facts = { operation: 'execute_tool', toolName: text(toolName) ?? '', toolType: 'function', toolCallId: id };
    const step = this.#emit.step(facts, { under: operation.step ?? operation.span, content: { arguments: input } });
    operation.tools.set(id, step);
    return step;
  }

  endTool(event: unknown): void {
    const { toolCall, toolOutput } = fields(event);
    const step = this.#of(event)?.tools.get(text(fields(toolCall).toolCallId) ?? '');
    const { type, output, error } = fields(toolOutput);
    if (type === 'tool-error') step?.fail(error);
    else {
      step?.add({}, { result: output });
      step?.end();
    }
  }

  /** Begins the report of a model call that the caller runs and reads. */
  call(event: unknown): OpenModelCall {
    const operation = this.#of(event);
    if (operation) operation.callCount++;
    const isAborted = () => operation?.isAborted === true;
    const under = operation?.step ?? operation?.span;
    return beginCall(
      this.#emit,
      { ...asking('chat', fields(event)), isAborted },
      { under, onLeft: () => this.#left(event) },
    );
  }

  /** The model call of a deprecated object operation, or an embedding or rerank call: only its begin and end are told. */
  beginCall(event: unknown, operation: Asking['operation']): void {
    const known = this.#of(event);
    if (!known) return;
    const { promptMessages, ...given } = fields(event);
    known.callCount++;
    const params = asking(operation, { ...given, messages: promptMessages });
    known.calls.set(callKey(given), beginCall(this.#emit, params, { under: known.span, isOnlyTold: true }));
  }

  endCall(event: unknown): void {
    const given = fields(event);
    const known = this.#of(event);
    const call = known?.calls.get(callKey(given));
    if (!call) return;
    known?.calls.delete(callKey(given));
    const { msToFirstChunk, objectText, ...result } = given;
    if (msToFirstChunk !== undefined) call.add({ stream: true, timeToFirstChunk: Number(msToFirstChunk) / 1000 });
    readResult(call, objectText === undefined ? result : { ...result, object: objectText });
  }

  /** An operation whose model calls nobody told of (integrations of the call's own took our place): its result is one call. */
  endWithResult(event: unknown, kind: Asking['operation'], result: unknown): void {
    const operation = this.#of(event);
    if (operation?.callCount === 0 && result !== undefined)
      readResult(
        beginCall(this.#emit, asking(kind, fields(event)), { under: operation.span, isOnlyTold: true }),
        result,
      );
    this.end(event);
  }

  /** A reader went away: unless the library says how it ended, the operation ends when the event loop comes round. */
  #left(event: unknown): void {
    setImmediate(() => this.end(event));
  }

  /** The context of what runs below, for those who can run it there. */
  frame(event: unknown): Frame | undefined {
    const operation = this.#of(event);
    return (operation?.step ?? operation?.span)?.frame;
  }

  #of(event: unknown): Operation | undefined {
    return this.#open.get(text(fields(event).callId));
  }
}

function asking(operation: Asking['operation'], event: Fields): Asking {
  const { provider, modelId } = event;
  return { operation, provider, modelId, params: event };
}

/** Embedding calls have an id each; of the others there is one at a time. */
function callKey({ embedCallId }: Fields): string {
  return text(embedCallId) ?? '';
}

function closeAll({ calls, tools, step, span }: Operation, error: unknown, agoMs = 0): void {
  for (const call of calls.values()) {
    if (error === undefined) call.left('abandoned', agoMs);
    else failCall(call, error);
  }
  for (const each of [...tools.values(), step, span]) {
    if (error === undefined) each?.end(agoMs);
    else each?.fail(fields(error).lastError ?? error);
  }
}
