import { BILLABLE, type Facts } from '../facts.ts';
import { NANOS_PER_MS } from '../units.ts';
import type { Column, Dialect, Reader } from './column.ts';
import { otel } from './otel.ts';

/**
 * The dialect of Hexr's `hexr_llm()`: the conventions of 1.36 plus `hexr.*`. Its guides spell agent and tenant in two ways;
 * the dotted one is written, both are read.
 *
 * Tokens: the conventions' names and rule. Its guides add a total, and show `tokens_in` and `tokens_out` in one place.
 */
const columns: readonly Column[] = [
  { fact: 'agent', type: 'string', name: 'hexr.agent.name', also: ['hexr.agent_name', 'agent_name'] },
  { fact: 'tenant', type: 'string', name: 'hexr.agent.tenant', also: ['hexr.tenant'] },
  { fact: 'role', type: 'string', name: 'hexr.agent.role' },
  { fact: 'spiffeId', type: 'string', name: 'hexr.spiffe_id' },
  { fact: 'costNanoUsd', type: 'usd', name: 'hexr.llm.cost_usd' },
  { fact: 'guardPromptBlocked', type: 'bool', name: 'hexr.guard.prompt_blocked' },
  { fact: 'guardScanners', type: 'string', name: 'hexr.guard.scanners' },
  { fact: 'guardOutputBlocked', type: 'bool', name: 'hexr.guard.output_blocked' },
  { fact: 'guardOutputScanners', type: 'string', name: 'hexr.guard.output_scanners' },
  { fact: 'guardScanType', type: 'string', name: 'hexr.guard.scan_type', also: ['scan_type'] },
  { fact: 'guardIsValid', type: 'bool', name: 'hexr.guard.is_valid', also: ['is_valid'] },
];

/** Columns of the conventions which Hexr names otherwise, so they are not written twice. */
const replaced = new Set(columns.map((column) => column.fact));
const shared = otel.columns
  .filter((column) => !replaced.has(column.fact))
  .map((column) =>
    column.fact === 'provider' ? { ...column, name: 'gen_ai.system', also: ['gen_ai.provider.name'] } : column,
  );

const spanNames: Record<string, string> = {
  invoke_agent: 'hexr.agent.invoke',
  execute_tool: 'hexr.tool.invoke',
  guardrail: 'hexr.guard.scan',
};

/** What an operation is called by a span's name, for senders that write no `gen_ai.operation.name`. */
const operations: Record<string, string> = {
  'hexr.llm.chat': 'chat',
  'hexr.agent.invoke': 'invoke_agent',
  'hexr.tool.invoke': 'execute_tool',
  'hexr.gateway.call': 'execute_tool',
  'hexr.sandbox.exec': 'execute_tool',
  'hexr.browser.browse': 'execute_tool',
  'hexr.guard.scan': 'guardrail',
};

/** Names that are only read. Its tables of spans spell some bare: `tenant`, `service`, `tool_name`. */
export const hexrNames: Reader = {
  columns: [
    { fact: 'inputTokens', type: 'int', name: 'tokens_in' },
    { fact: 'outputTokens', type: 'int', name: 'tokens_out' },
  ],
  spanNames: operations,
  read(reading) {
    if (!Object.hasOwn(operations, reading.wire.name)) return;
    for (const [fact, name] of BARE) {
      const value = reading.peekText(name);
      if (value !== undefined && reading.offer(fact, value)) reading.take(name);
    }
    reading.offerFrom('toolArguments', 'arguments', (value) => JSON.stringify(value));
  },
};

const BARE = [
  ['tenant', 'tenant'],
  ['toolName', 'tool_name'],
  ['toolName', 'service'],
  ['framework', 'framework'],
] as const;

export const hexr: Dialect = {
  columns: [...shared, ...columns],
  spanNames: operations,
  spanName(facts: Facts) {
    if (facts.operation === undefined) return undefined;
    return BILLABLE.has(facts.operation) ? 'hexr.llm.chat' : spanNames[facts.operation];
  },
  derived(facts, durationNanos) {
    if (facts.operation === undefined || !BILLABLE.has(facts.operation)) return {};
    const attributes: Record<string, number> = {
      'hexr.llm.duration_ms': Number((durationNanos + NANOS_PER_MS / 2n) / NANOS_PER_MS),
    };
    if (facts.inputTokens !== undefined || facts.outputTokens !== undefined) {
      attributes['gen_ai.usage.total_tokens'] = (facts.inputTokens ?? 0) + (facts.outputTokens ?? 0);
    }
    return attributes;
  },
  provider: (canonical) =>
    ({ 'gcp.gemini': 'google_genai', mistral_ai: 'mistral', x_ai: 'xai' })[canonical] ?? canonical,
};
