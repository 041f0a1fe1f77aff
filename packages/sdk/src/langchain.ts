/**
 * LangChain.js and LangGraph.js: `@tallyspan/sdk/langchain`. For one run `callbacks: [tallyspan()]`; for one model, chain or graph
 * `watch(graph)`; for all of them `watch(CallbackManager)` with the class of `@langchain/core/callbacks/manager`.
 */
import { emitter } from './attach.ts';
import { LangChainHandler } from './attachments/langchain/handler.ts';
import { warmPrices } from './cost.ts';
import type { WatchOptions } from './options.ts';

export type { LangChainHandler } from './attachments/langchain/handler.ts';

const handlers = new WeakMap<WatchOptions, LangChainHandler>();
const DEFAULTS: WatchOptions = {};

/**
 * A callback handler: `graph.invoke(input, { callbacks: [tallyspan()] })`. Models, tools, retrievers and agents become spans; a
 * LangGraph node is the role of what runs in it. Called again without options it answers the same handler, which knows all runs.
 */
export function tallyspan(options: WatchOptions = DEFAULTS): LangChainHandler {
  warmPrices();
  const known = handlers.get(options);
  if (known) return known;
  const made = new LangChainHandler(emitter(options));
  handlers.set(options, made);
  return made;
}
