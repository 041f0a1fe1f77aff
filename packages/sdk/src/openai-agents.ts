/** The OpenAI Agents SDK: `@tallyspan/sdk/openai-agents`. `addTraceProcessor(processor())`, or `watch(agents)` of the whole module. */
import { emitter } from './attach.ts';
import { type AgentsProcessor, processorOf } from './attachments/openai-agents/processor.ts';
import { warmPrices } from './cost.ts';
import type { WatchOptions } from './options.ts';

export type { AgentsProcessor } from './attachments/openai-agents/processor.ts';

/**
 * A trace processor: agents, turns, tools, handoffs, guardrails and model calls become spans; an agent's name is the agent and the
 * role of what it does. `setTraceProcessors([processor()])` replaces OpenAI's own exporter, `addTraceProcessor` keeps it.
 */
export function processor(options: WatchOptions = {}): AgentsProcessor {
  warmPrices();
  return processorOf(emitter(options));
}
