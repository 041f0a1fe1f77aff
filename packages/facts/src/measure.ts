import { type Facts, isBillable } from './facts.ts';
import type { Counted, Label, Labels, Measures } from './metrics.ts';

/** What a span that has ended adds to the metrics: the SDK counts its own spans by it, the server those that it receives. */
export interface Counts {
  of: readonly Counted[];
  measures: Measures;
}

const operations: Readonly<Record<string, readonly Counted[]>> = {
  invoke_agent: ['agent'],
  execute_tool: ['tool'],
  cache_lookup: ['cache'],
  credential_exchange: ['credential'],
  vault_get: ['vault'],
  vault_put: ['vault'],
  vault_delete: ['vault'],
  vault_list: ['vault'],
  a2a_send: ['a2a_send'],
  a2a_execute: ['a2a_execute'],
  sandbox_exec: ['sandbox'],
  browser_browse: ['browser'],
};
const MODEL: readonly Counted[] = ['model'];
const GATEWAY: readonly Counted[] = ['gateway', 'mcp_client'];
/** A tool whose work was one call of a tool over MCP: one span, counted as both. */
const TOOL_OVER_GATEWAY: readonly Counted[] = ['tool', ...GATEWAY];
/** What is asked of another agent about a task that it has: no message. */
const ABOUT_TASKS = new Set([
  'GetTask',
  'CancelTask',
  'SubscribeToTask',
  'tasks/get',
  'tasks/cancel',
  'tasks/resubscribe',
]);
const NONE: readonly Counted[] = [];

function countedBy(facts: Facts): readonly Counted[] {
  if (isBillable(facts)) return MODEL;
  if (facts.a2aMethod !== undefined && ABOUT_TASKS.has(facts.a2aMethod)) return NONE;
  if (facts.mcpMethod === undefined) return operations[facts.operation ?? ''] ?? NONE;
  if (facts.side === 'server') return ['mcp_server'];
  if (facts.operation !== 'execute_tool') return ['mcp_client'];
  return facts.side === 'client' ? GATEWAY : TOOL_OVER_GATEWAY;
}

/** Undefined for a span that no metric counts. */
export function countsOf(facts: Facts, durationSeconds: number): Counts | undefined {
  const of = countedBy(facts);
  if (of.length === 0) return undefined;
  const failed = facts.errorType !== undefined;
  const measures: Measures = { calls: 1, durationSeconds };
  if (failed) measures.errors = 1;
  if (of === MODEL) {
    if (facts.timeToFirstChunk !== undefined) measures.timeToFirstChunkSeconds = facts.timeToFirstChunk;
    if (facts.inputTokens !== undefined) measures.inputTokens = facts.inputTokens;
    if (facts.outputTokens !== undefined) measures.outputTokens = facts.outputTokens;
    if (facts.cacheReadTokens !== undefined) measures.cacheReadTokens = facts.cacheReadTokens;
    if (facts.cacheWriteTokens !== undefined) measures.cacheWriteTokens = facts.cacheWriteTokens;
    if (facts.reasoningTokens !== undefined) measures.reasoningTokens = facts.reasoningTokens;
    if (facts.costNanoUsd !== undefined) measures.costUsd = Number(facts.costNanoUsd) / 1e9;
    return { of, measures };
  }
  if (!failed) measures.successes = 1;
  if (facts.cacheHit !== undefined) measures[facts.cacheHit ? 'hits' : 'misses'] = 1;
  if (facts.actionCount !== undefined) measures.actions = facts.actionCount;
  return { of, measures };
}

/** The labels that a span's facts give; those that are no fact have no value. */
export function labelsOf(facts: Facts, labels: readonly Label[]): Labels {
  const found: Labels = {};
  for (const label of labels) {
    const value = labelOf(facts, label);
    if (value !== undefined) found[label] = value;
  }
  return found;
}

/** One of them. How a tool's call ended is no fact of its own. */
export function labelOf(facts: Facts, label: Label): string | undefined {
  if (label === 'toolStatus') return facts.errorType === undefined ? 'ok' : 'error';
  const value = facts[label as keyof Facts];
  return value === undefined ? undefined : String(value);
}
