import type { Emitter, OpenModelCall, OpenStep } from '../../attach.ts';
import { fields, list, text } from '../../read.ts';
import { type Frame, state } from '../../state.ts';
import { OpenRuns } from '../open-runs.ts';
import { ambientRunId } from './ambient.ts';
import { answerContent, promptContent } from './content.ts';
import { answeredFacts, askedFacts } from './model-facts.ts';

/** A run of LangChain: a chain, a node, a tool, a retriever or a model call. */
interface Run {
  /** The span that its children are under: its own, or that of what it is a detail of. */
  step: OpenStep | undefined;
  isOwn: boolean;
  call?: OpenModelCall;
  /** The LangGraph node it is in. */
  node: string | undefined;
}

/** Run ids are unique: all handlers share the runs, and a run that two of them hear of is recorded once. */
const runs = new OpenRuns<Run>({ forgotten: (run) => giveUp(run, 0), quiet: giveUp });

/** The context of the run whose code runs right now. */
function ambient(): Frame | undefined {
  const run = runs.get(ambientRunId());
  return (run?.call ?? run?.step)?.frame;
}

/**
 * A callback handler of LangChain.js and LangGraph.js, as data: `callbacks: [handler]`. LangChain takes any object with a name for one
 * (`@langchain/core`, `ensureHandler`). It is awaited, so that what it is told is told in order and in the caller's context.
 */
export class LangChainHandler {
  readonly name = 'tallyspan';
  readonly awaitHandlers = true;
  readonly raiseError = false;
  readonly ignoreLLM = false;
  readonly ignoreChain = false;
  readonly ignoreAgent = false;
  readonly ignoreRetriever = false;
  readonly ignoreCustomEvent = true;
  readonly #emit: Emitter;

  constructor(emit: Emitter) {
    this.#emit = emit;
    if (!state.ambients.includes(ambient)) state.ambients.push(ambient);
  }

  /** The report of a model's run, for who stands around it. */
  call(runId: unknown): OpenModelCall | undefined {
    return runs.get(text(runId))?.call;
  }

  handleChainStart(...[chain, , runId, parentRunId, tags, metadata, , runName]: unknown[]): void {
    this.#begin(runId, parentRunId, (parent) => {
      const name = text(runName);
      const { langgraph_node } = fields(metadata);
      const node = text(langgraph_node);
      const isHidden = list(tags).includes('langsmith:hidden');
      if (!isHidden && node !== undefined && node === name && parent?.node !== node)
        return { step: this.#emit.step({}, { under: parent?.step, identity: { role: node } }), isOwn: true, node };
      const inside = parent?.node ?? node;
      if (isHidden) return { step: parent?.step, isOwn: false, node: inside };
      const ids = list(fields(chain).id);
      const isGraph = ids.includes('langgraph') && ids.includes('pregel');
      const given = name === undefined || name === ids.at(-1) || TYPE_NAMES.test(name) ? undefined : name;
      // A part of a chain that nobody named is a detail.
      if (parent && !isGraph && given === undefined) return { step: parent.step, isOwn: false, node: inside };
      return { step: this.#workflow(parent, isGraph, given), isOwn: true, node: isGraph ? undefined : inside };
    });
  }

  /** A graph with a name is an agent: supervisors call them so. */
  #workflow(parent: Run | undefined, isGraph: boolean, name: string | undefined): OpenStep {
    const framework = isGraph ? 'langgraph' : 'langchain';
    const isAgent = isGraph && name !== undefined;
    const facts = isAgent
      ? { operation: 'invoke_agent' }
      : { operation: 'invoke_workflow', ...(name === undefined ? {} : { workflow: name }) };
    return this.#emit.step(facts, {
      under: parent?.step,
      identity: { framework, ...(isAgent ? { agent: name } : {}) },
    });
  }

  handleChainEnd(...[, runId]: unknown[]): void {
    this.#end(runId);
  }

  handleChainError(...[error, runId]: unknown[]): void {
    this.#fail(runId, error);
  }

  handleToolStart(...[tool, input, runId, parentRunId, , , runName, toolCallId]: unknown[]): void {
    this.#begin(runId, parentRunId, (parent) => {
      const ids = list(fields(tool).id);
      const id = text(toolCallId);
      const toolName = text(runName) ?? text(fields(fields(tool).kwargs).name) ?? text(ids.at(-1)) ?? '';
      const facts = { operation: 'execute_tool', toolName, toolType: 'function', ...(id ? { toolCallId: id } : {}) };
      const step = this.#emit.step(facts, { under: parent?.step, content: { arguments: parsed(input) } });
      return { step, isOwn: true, node: parent?.node };
    });
  }

  handleToolEnd(...[output, runId]: unknown[]): void {
    runs.get(text(runId))?.step?.add({}, { result: fields(output).content ?? output });
    this.#end(runId);
  }

  handleToolError(...[error, runId]: unknown[]): void {
    this.#fail(runId, error);
  }

  handleRetrieverStart(...[retriever, query, runId, parentRunId, , , runName]: unknown[]): void {
    this.#begin(runId, parentRunId, (parent) => {
      const dataSourceId = text(runName) ?? text(list(fields(retriever).id).at(-1));
      const facts = { operation: 'retrieval', ...(dataSourceId === undefined ? {} : { dataSourceId }) };
      const step = this.#emit.step(facts, { under: parent?.step, content: { arguments: { query } } });
      return { step, isOwn: true, node: parent?.node };
    });
  }

  handleRetrieverEnd(...[documents, runId]: unknown[]): void {
    runs.get(text(runId))?.step?.add({}, { result: documents });
    this.#end(runId);
  }

  handleRetrieverError(...[error, runId]: unknown[]): void {
    this.#fail(runId, error);
  }

  handleChatModelStart(...[llm, messages, runId, parentRunId, extra, , metadata]: unknown[]): void {
    this.#beginCall('chat', llm, list(messages)[0], runId, parentRunId, extra, metadata);
  }

  handleLLMStart(...[llm, prompts, runId, parentRunId, extra, , metadata]: unknown[]): void {
    this.#beginCall('text_completion', llm, prompts, runId, parentRunId, extra, metadata);
  }

  handleLLMNewToken(...[, , runId]: unknown[]): void {
    this.call(runId)?.chunk();
  }

  handleLLMEnd(...[output, runId, , , extra]: unknown[]): void {
    const call = runs.take(text(runId) ?? '')?.call;
    if (!call) return;
    // LangChain's own cache answered: no provider was asked, and nothing is billed.
    if (fields(extra).cached === true) return call.drop();
    try {
      const choices = list(list(fields(output).generations)[0]);
      call.answered(answeredFacts(output), call.keepsContent ? answerContent(choices) : undefined);
    } catch {
      call.answered({});
    }
  }

  handleLLMError(...[error, runId]: unknown[]): void {
    runs.take(text(runId) ?? '')?.call?.fail(error);
  }

  /** Its reader went away. LangChain does not say so; whoever stands around the model does. */
  left(runId: unknown): void {
    runs.take(text(runId) ?? '')?.call?.left('break');
  }

  #beginCall(
    operation: 'chat' | 'text_completion',
    llm: unknown,
    prompts: unknown,
    runId: unknown,
    parentRunId: unknown,
    extra: unknown,
    metadata: unknown,
  ): void {
    this.#begin(runId, parentRunId, (parent) => {
      const facts = askedFacts(operation, llm, extra, metadata);
      const content = promptContent(prompts);
      const call = this.#emit.model(facts, { under: parent?.step, content, isOnlyTold: true });
      return { step: parent?.step, isOwn: false, node: parent?.node, call };
    });
  }

  #begin(runId: unknown, parentRunId: unknown, begin: (parent: Run | undefined) => Run): void {
    const id = text(runId);
    if (id === undefined || runs.get(id)) return;
    try {
      runs.set(id, begin(runs.get(text(parentRunId))));
    } catch {
      // Not recorded; LangChain goes on.
    }
  }

  #end(runId: unknown): void {
    const run = runs.take(text(runId) ?? '');
    if (run?.isOwn) run.step?.end();
  }

  #fail(runId: unknown, error: unknown): void {
    const run = runs.take(text(runId) ?? '');
    if (!run?.isOwn) return;
    if (PAUSES.test(String(fields(error).name))) run.step?.end();
    else run.step?.fail(error);
  }
}

/** Names that LangChain gives by itself: they say what a part is made of, not what it does. */
const TYPE_NAMES =
  /^(?:LangGraph$|Runnable|Chat[A-Z]|ChannelWrite|Branch<|StrOutputParser$|StructuredOutputParser|JsonOutput|__)/;

/** LangGraph throws these to pause a graph or to leave a subgraph: nothing failed. */
const PAUSES = /^(?:GraphInterrupt|NodeInterrupt|GraphBubbleUp|ParentCommand)$/;

function giveUp({ step, isOwn, call }: Run, sinceMs: number): void {
  call?.left('abandoned', sinceMs);
  if (isOwn) step?.end(sinceMs);
}

/** Tools get their input as JSON text. */
function parsed(input: unknown): unknown {
  if (typeof input !== 'string') return input;
  try {
    return JSON.parse(input) as unknown;
  } catch {
    return input;
  }
}
