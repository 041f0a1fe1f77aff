import type { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import type { OpenModelCall } from '../../attach.ts';
import { fields } from '../../read.ts';
import { type Frame, state } from '../../state.ts';
import { failCall, readResult } from './model-call.ts';
import type { Operations } from './operations.ts';
import { channelCalls } from './telemetry.ts';

/** What is published: `type` says what runs, `event` is that of the telemetry callback, `result` or `error` come at the end. */
interface Message {
  type?: unknown;
  event?: unknown;
  result?: unknown;
  error?: unknown;
}

/**
 * Listens to the AI SDK 7 without meeting it: it publishes what it does on Node's tracing channel `ai:telemetry`, and runs its work
 * in the async context that a listener gives (`ai`, `runWithTracingChannelSpan`). Answers how to stop.
 */
export function listenToChannel(operations: Operations): () => void {
  const channel = tracingChannel<Message, Message>('ai:telemetry');
  const calls = new WeakMap<object, OpenModelCall>();

  const begin = (message: Message): Frame | undefined => {
    const { type, event } = message;
    switch (type) {
      case 'step':
        operations.beginStep(event);
        return operations.frame(event);
      case 'executeTool':
        return operations.beginTool(event)?.frame;
      case 'languageModelCall': {
        const call = operations.call(event);
        calls.set(message, call);
        channelCalls.set(call.frame, call);
        return call.frame;
      }
      default:
        operations.begin(event);
        return operations.frame(event);
    }
  };

  const end = (message: Message): void => {
    const { type, event, result, error } = message;
    if (type === 'languageModelCall') {
      const call = calls.get(message);
      if (!call) return;
      if (error === undefined) readResult(call, result);
      else failCall(call, error);
    } else if (type === 'step') operations.endStep(event, error);
    else if (type === 'executeTool') operations.endTool({ ...fields(event), toolOutput: fields(result).output });
    else if (error !== undefined) operations.fail(event, error);
    else if (type === 'embed' || type === 'embedMany') operations.endWithResult(event, 'embeddings', result);
    else if (type === 'rerank') operations.endWithResult(event, 'rerank', result);
    else operations.end(event);
  };

  // Below our own frame everything runs in it; where there is none, what was current stays so.
  const enter = (message: Message): Frame => {
    const current = state.frames.getStore();
    try {
      return begin(message) ?? current!;
    } catch {
      return current!;
    }
  };
  const leave = (message: Message): void => {
    try {
      end(message);
    } catch {
      // Then a span is missing; the AI SDK knows nothing of it.
    }
  };
  const nothing = () => {};
  const listener = { start: nothing, end: nothing, error: nothing, asyncStart: nothing, asyncEnd: leave };
  const frames = state.frames as AsyncLocalStorage<unknown> as AsyncLocalStorage<Message>;
  channel.start.bindStore(frames, enter as (message: Message) => object as (message: Message) => Message);
  channel.subscribe(listener);
  return () => {
    channel.start.unbindStore(frames);
    channel.unsubscribe(listener);
  };
}
