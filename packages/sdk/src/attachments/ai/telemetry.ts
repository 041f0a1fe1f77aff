import type { OpenModelCall } from '../../attach.ts';
import { fields } from '../../read.ts';
import { state } from '../../state.ts';
import { watchCall } from './model-call.ts';
import type { Operations } from './operations.ts';

/**
 * What the AI SDK 7 calls a telemetry integration: an object with callbacks (`ai`, `Telemetry`). Events of AI SDK 6, which shares the
 * registry, carry no `callId` and say nothing here.
 */
export interface AiTelemetry {
  onStart(event: unknown): void;
  onStepStart(event: unknown): void;
  onStepEnd(event: unknown): void;
  onToolExecutionStart(event: unknown): void;
  onToolExecutionEnd(event: unknown): void;
  onObjectStepStart(event: unknown): void;
  onObjectStepEnd(event: unknown): void;
  onEmbedStart(event: unknown): void;
  onEmbedEnd(event: unknown): void;
  onRerankStart(event: unknown): void;
  onRerankEnd(event: unknown): void;
  onEnd(event: unknown): void;
  onAbort(event: unknown): void;
  onError(event: unknown): void;
  executeLanguageModelCall<Result>(options: Executing<Result>): PromiseLike<Result>;
  executeTool<Result>(options: Executing<Result>): PromiseLike<Result>;
}

interface Executing<Result> {
  callId: string;
  execute: () => PromiseLike<Result>;
}

/** Model calls that the tracing channel stands around already, by their frames. */
export const channelCalls = new WeakMap<object, OpenModelCall>();

export function telemetryOf(operations: Operations): AiTelemetry {
  const told = (tell: (event: unknown) => void) => (event: unknown) => {
    attempt(() => tell(event));
  };
  return {
    onStart: told((event) => operations.begin(event)),
    onStepStart: told((event) => operations.beginStep(event)),
    onStepEnd: told((event) => operations.endStep(event)),
    onToolExecutionStart: told((event) => operations.beginTool(event)),
    onToolExecutionEnd: told((event) => operations.endTool(event)),
    onObjectStepStart: told((event) => operations.beginCall(event, 'chat')),
    onObjectStepEnd: told((event) => operations.endCall(event)),
    onEmbedStart: told((event) => operations.beginCall(event, 'embeddings')),
    onEmbedEnd: told((event) => operations.endCall(event)),
    onRerankStart: told((event) => operations.beginCall(event, 'rerank')),
    onRerankEnd: told((event) => operations.endCall(event)),
    onEnd: told((event) => operations.end(event)),
    onAbort: told((event) => operations.abort(event)),
    onError: told((event) => operations.fail(event, fields(event).error)),
    executeLanguageModelCall(options) {
      const { execute } = options;
      const around = state.frames.getStore();
      const call = (around && channelCalls.get(around)) ?? attempt(() => operations.call(options));
      return call ? watchCall(call, execute) : execute();
    },
    executeTool(options) {
      const step = attempt(() => operations.beginTool(options));
      return step ? step.run(options.execute) : options.execute();
    },
  };
}

function attempt<Value>(begin: () => Value): Value | undefined {
  try {
    return begin();
  } catch {
    return undefined;
  }
}
