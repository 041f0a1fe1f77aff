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
  { fact: 'agentStatus', type: 'string', name: 'hexr.agent.status' },
  { fact: 'toolService', type: 'string', name: 'hexr.tool.service' },
  { fact: 'region', type: 'string', name: 'hexr.tool.region' },
  { fact: 'cacheTier', type: 'string', name: 'hexr.cache.tier' },
  { fact: 'cacheHit', type: 'bool', name: 'hexr.cache.hit' },
  { fact: 'credentialProvider', type: 'string', name: 'hexr.credential.provider' },
  { fact: 'credentialService', type: 'string', name: 'hexr.credential.service' },
  { fact: 'vaultPath', type: 'string', name: 'hexr.vault.path' },
  { fact: 'peerAgent', type: 'string', name: 'hexr.a2a.target_agent', when: ({ side }) => side !== 'server' },
  { fact: 'peerAgent', type: 'string', name: 'hexr.a2a.source_agent', when: ({ side }) => side === 'server' },
  { fact: 'a2aTaskId', type: 'string', name: 'hexr.a2a.task_id' },
  { fact: 'a2aTaskState', type: 'string', name: 'hexr.a2a.task_state' },
  { fact: 'sandboxLanguage', type: 'string', name: 'hexr.sandbox.language' },
  { fact: 'sandboxTimeoutSeconds', type: 'double', name: 'hexr.sandbox.timeout' },
  { fact: 'exitCode', type: 'int', name: 'hexr.sandbox.exit_code' },
  { fact: 'url', type: 'string', name: 'hexr.browser.url' },
  { fact: 'actionCount', type: 'int', name: 'hexr.browser.actions_count' },
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
  cache_lookup: 'hexr.cache.lookup',
  credential_exchange: 'hexr.credential.exchange',
  vault_get: 'hexr.vault.get',
  a2a_send: 'hexr.a2a.client.send',
  a2a_execute: 'hexr.a2a.bridge.execute',
  sandbox_exec: 'hexr.sandbox.exec',
  browser_browse: 'hexr.browser.browse',
};

const GATEWAY = 'hexr.gateway.call';

/** What an operation is called by a span's name, for senders that write no `gen_ai.operation.name`. */
const operations: Record<string, string> = {
  'hexr.llm.chat': 'chat',
  [GATEWAY]: 'execute_tool',
  ...Object.fromEntries(Object.entries(spanNames).map(([operation, name]) => [name, operation])),
};

/** Names that are only read. Its tables of spans spell some bare: `tenant`, `service`, `tool_name`. */
export const hexrNames: Reader = {
  columns: [
    { fact: 'inputTokens', type: 'int', name: 'tokens_in' },
    { fact: 'outputTokens', type: 'int', name: 'tokens_out' },
  ],
  spanNames: operations,
  read(reading) {
    const { name } = reading.wire;
    if (!Object.hasOwn(operations, name)) return;
    for (const [bare, fact, type = 'string'] of [...(BARE[name] ?? []), ...EVERYWHERE]) {
      const value = reading.peek(bare);
      if (typeof value === type && value !== '' && reading.offer(fact, value as never)) reading.take(bare);
    }
    reading.offerFrom('toolArguments', 'arguments', (value) => JSON.stringify(value));
  },
};

type Bare = readonly (readonly [name: string, fact: keyof Facts, type?: 'boolean' | 'number'])[];

const EVERYWHERE: Bare = [
  ['tenant', 'tenant'],
  ['framework', 'framework'],
];

/** What its tables of spans spell without a prefix. */
const BARE: Record<string, Bare> = {
  'hexr.agent.invoke': [['status', 'agentStatus']],
  'hexr.tool.invoke': [
    ['tool_name', 'toolName'],
    ['service', 'toolName'],
    ['region', 'region'],
    ['cache_tier', 'cacheTier'],
  ],
  [GATEWAY]: [['tool_name', 'toolName']],
  'hexr.cache.lookup': [
    ['tier', 'cacheTier'],
    ['hit', 'cacheHit', 'boolean'],
  ],
  'hexr.credential.exchange': [
    ['provider', 'credentialProvider'],
    ['service', 'credentialService'],
    ['spiffe_id', 'spiffeId'],
  ],
  'hexr.vault.get': [['path', 'vaultPath']],
  'hexr.a2a.client.send': [
    ['target_agent', 'peerAgent'],
    ['task_id', 'a2aTaskId'],
    ['task_state', 'a2aTaskState'],
  ],
  'hexr.a2a.bridge.execute': [
    ['source_agent', 'peerAgent'],
    ['task_id', 'a2aTaskId'],
  ],
  'hexr.sandbox.exec': [
    ['language', 'sandboxLanguage'],
    ['timeout', 'sandboxTimeoutSeconds', 'number'],
    ['exit_code', 'exitCode', 'number'],
  ],
  'hexr.browser.browse': [
    ['url', 'url'],
    ['actions_count', 'actionCount', 'number'],
  ],
};

export const hexr: Dialect = {
  columns: [...shared, ...columns],
  spanNames: operations,
  spanName(facts: Facts) {
    if (facts.operation === undefined) return undefined;
    if (facts.mcpMethod !== undefined) return facts.side === 'server' ? undefined : GATEWAY;
    return BILLABLE.has(facts.operation) ? 'hexr.llm.chat' : spanNames[facts.operation];
  },
  derived(facts, durationNanos) {
    const durationMs = Number((durationNanos + NANOS_PER_MS / 2n) / NANOS_PER_MS);
    if (facts.operation === 'cache_lookup') return { 'hexr.cache.duration_ms': durationMs };
    if (facts.operation === undefined || !BILLABLE.has(facts.operation)) return {};
    const attributes: Record<string, number> = { 'hexr.llm.duration_ms': durationMs };
    if (facts.inputTokens !== undefined || facts.outputTokens !== undefined) {
      attributes['gen_ai.usage.total_tokens'] = (facts.inputTokens ?? 0) + (facts.outputTokens ?? 0);
    }
    return attributes;
  },
  provider: (canonical) =>
    ({ 'gcp.gemini': 'google_genai', mistral_ai: 'mistral', x_ai: 'xai' })[canonical] ?? canonical,
};
