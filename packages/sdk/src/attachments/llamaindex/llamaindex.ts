import type { Attachment, Emitter, OpenModelCall, OpenStep } from '../../attach.ts';
import { fields, text } from '../../read.ts';
import { OpenRuns } from '../open-runs.ts';
import { answeredContent, answeredFacts, askedContent, askedFacts } from './model-facts.ts';

type Fields = Readonly<Record<string, unknown>>;
type Listener = (event: unknown) => void;

/** `@llamaindex/core/global`, `CallbackManager`. */
interface CallbackManager {
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
}

interface Run {
  step?: OpenStep;
  call?: OpenModelCall;
}

/**
 * LlamaIndex.TS: its `Settings`, or a callback manager. Its events say what began and what came of it, not what went wrong: a call
 * that failed ends when nothing was heard of it for a minute, or at once in a client that is watched too.
 */
export const llamaindex: Attachment = {
  package: 'llamaindex',
  versions: '>=0.12',
  detect: (library) => managerOf(library) !== undefined,
  attach(library, emit) {
    const manager = managerOf(library)!;
    const listeners = Object.entries(listenersOf(emit));
    for (const [name, listener] of listeners) manager.on(name, listener);
    return () => {
      for (const [name, listener] of listeners) manager.off(name, listener);
    };
  },
};

function managerOf(library: object): CallbackManager | undefined {
  const { callbackManager, withCallbackManager } = fields(library);
  const manager = typeof withCallbackManager === 'function' ? callbackManager : library;
  const { on, off, dispatchEvent } = fields(manager);
  const isManager = [on, off, dispatchEvent].every((method) => typeof method === 'function');
  return isManager ? (manager as CallbackManager) : undefined;
}

function listenersOf(emit: Emitter): Record<string, Listener> {
  const runs = new OpenRuns<Run>({ forgotten: (run) => giveUp(run, 0), quiet: giveUp });
  const told = (tell: (detail: Fields, reason: Fields) => void): Listener => {
    return (event) => {
      try {
        const { detail, reason } = fields(event);
        tell(fields(detail), fields(reason));
      } catch {
        // Not recorded; LlamaIndex goes on.
      }
    };
  };
  const end = (id: unknown, result?: unknown) => {
    const step = runs.take(text(id) ?? '')?.step;
    step?.add({}, { result });
    step?.end();
  };
  /** Who is below whom is told by the callers of an event, the innermost first. */
  const around = (reason: Fields): OpenStep | undefined => {
    let at = reason;
    for (let depth = 0; depth < 16 && at.id !== undefined; depth++, at = fields(at.parent)) {
      const step = runs.get(`caller ${text(at.id)}`)?.step;
      if (step) return step;
    }
    return undefined;
  };
  return {
    'query-start': told(({ id, query }, reason) => {
      const facts = { operation: 'invoke_workflow' };
      const identity = { framework: 'llamaindex' };
      const step = emit.step(facts, { under: around(reason), identity, content: { arguments: query } });
      runs.set(String(id), { step });
      runs.set(`caller ${text(reason.id)}`, { step });
    }),
    'query-end': told(({ id, response }, reason) => {
      runs.take(`caller ${text(reason.id)}`);
      end(id, fields(fields(response).message).content);
    }),
    'retrieve-start': told(({ id, query }, reason) => {
      const step = emit.step({ operation: 'retrieval' }, { under: around(reason), content: { arguments: query } });
      runs.set(String(id), { step });
    }),
    'retrieve-end': told(({ id, nodes }) => end(id, nodes)),
    'llm-tool-call': told(({ toolCall }, reason) => {
      const { id, name, input } = fields(toolCall);
      const facts = { operation: 'execute_tool', toolType: 'function', toolName: String(name), toolCallId: String(id) };
      runs.set(`tool ${String(id)}`, {
        step: emit.step(facts, { under: around(reason), content: { arguments: input } }),
      });
    }),
    'llm-tool-result': told(({ toolCall, toolResult }) => {
      const { output, isError } = fields(toolResult);
      const id = `tool ${String(fields(toolCall).id)}`;
      if (isError === true) runs.take(id)?.step?.fail(new Error('tool'));
      else end(id, output);
    }),
    'llm-start': told(({ id, messages }, reason) => {
      const given = { under: around(reason), content: askedContent(messages), isOnlyTold: true };
      runs.set(String(id), { call: emit.model(askedFacts(reason.caller), given) });
    }),
    'llm-stream': told(({ id }) => {
      const call = runs.get(String(id))?.call;
      call?.add({ stream: true });
      call?.chunk();
    }),
    'llm-end': told(({ id, response }) => {
      const call = runs.take(String(id))?.call;
      const { raw, message } = fields(response);
      call?.answered(answeredFacts(raw), call.keepsContent ? answeredContent(message) : undefined);
    }),
  };
}

function giveUp({ step, call }: Run, sinceMs: number): void {
  call?.left('abandoned', sinceMs);
  step?.end(sinceMs);
}
