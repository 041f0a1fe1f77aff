import { isBillable, type Facts, spanName } from '@tallyspan/facts';
import type { EndedStep } from './gatherer.ts';
import type { TaskStep, TaskStepType, TokenCounts } from './task-trace.ts';
import { dollars, hasTokens, modelOf } from './usage.ts';

const types: Readonly<Record<string, TaskStepType>> = {
  execute_tool: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'workflow',
  guardrail: 'guard',
};

/** A step as a program reads it: a few words of its facts. */
export function stepOf({ facts, spanId, parentSpanId, startMicros, endMicros, failure }: EndedStep): TaskStep {
  const model = modelOf(facts);
  const input = facts.toolArguments ?? facts.inputMessages;
  const output = facts.toolResult ?? facts.outputMessages;
  return {
    type: typeOf(facts),
    name: spanName(facts, { dialects: ['otel'], semconv: '1.41' }),
    startedAt: new Date(startMicros / 1000),
    latencyMs: (endMicros - startMicros) / 1000,
    ...(facts.tenant !== undefined && { tenant: facts.tenant }),
    ...(facts.agent !== undefined && { agent: facts.agent }),
    ...(facts.role !== undefined && { role: facts.role }),
    ...(facts.provider !== undefined && { provider: facts.provider }),
    ...(model !== undefined && { model }),
    ...(facts.toolName !== undefined && { tool: facts.toolName }),
    ...(hasTokens(facts) && { tokens: tokensOf(facts) }),
    ...(facts.costNanoUsd !== undefined && { cost: dollars(facts.costNanoUsd) }),
    ...(facts.costSource !== undefined && { costSource: facts.costSource }),
    ...(failure && { error: { type: failure.errorType, message: failure.statusMessage } }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
  };
}

function typeOf(facts: Facts): TaskStepType {
  if (isBillable(facts)) return 'model';
  const { operation } = facts;
  if (operation === undefined) return facts.role === undefined ? 'step' : 'role';
  return Object.hasOwn(types, operation) ? types[operation]! : operation;
}

function tokensOf(facts: Facts): TokenCounts {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens, cacheWriteTokens, reasoningTokens } = facts;
  return {
    prompt: inputTokens,
    completion: outputTokens,
    total: inputTokens + outputTokens,
    ...(cacheReadTokens !== undefined && { cacheRead: cacheReadTokens }),
    ...(cacheWriteTokens !== undefined && { cacheWrite: cacheWriteTokens }),
    ...(reasoningTokens !== undefined && { reasoning: reasoningTokens }),
  };
}
