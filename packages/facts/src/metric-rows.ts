import type { Semconv } from './dialects/column.ts';
import type { Counted, Label, Measure, Metric } from './metrics.ts';

/** Seconds of a call (set D of the conventions). */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const;
/** Tokens (set T). */
const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
] as const;
/** Seconds of an agent's run (set A). */
const AGENT_BUCKETS = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6] as const;
/** Seconds of a request over MCP (set M). */
const MCP_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const;
/** Seconds of what is over before a call would have begun: a look into a cache, a scan. Ours. */
const SHORT_BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

const conventional = ['operation', 'provider', 'requestModel', 'responseModel'] as const;
const whose = ['provider', 'requestModel', 'tenant', 'agent', 'role'] as const;
const released: readonly Semconv[] = ['1.36', '1.41'];
const trunk: readonly Semconv[] = ['latest'];
const withMcp: readonly Semconv[] = ['1.41', 'latest'];

type Given = Pick<Metric, 'of' | 'name' | 'description' | 'measure' | 'labels'> & Partial<Metric>;

const counter = (unit: string, given: Given): Metric => ({ kind: 'counter', unit, ...given });
const seconds = (given: Omit<Given, 'measure'> & { measure?: Measure }): Metric => ({
  kind: 'histogram',
  unit: 's',
  measure: 'durationSeconds',
  buckets: DURATION_BUCKETS,
  ...given,
});

const tokens = (type: 'input' | 'output'): Metric => ({
  of: 'model',
  name: 'gen_ai.client.token.usage',
  semconv: released,
  kind: 'histogram',
  unit: '{token}',
  description: 'Tokens used by one call',
  measure: type === 'input' ? 'inputTokens' : 'outputTokens',
  labels: conventional,
  fixed: { 'gen_ai.token.type': type },
  buckets: TOKEN_BUCKETS,
});

const usage = (name: string, measure: Measure): Metric =>
  counter('{token}', {
    of: 'model',
    name: `gen_ai.client.inference.usage.${name}`,
    semconv: trunk,
    description: 'Tokens used',
    measure,
    labels: conventional,
    fixed: { 'gen_ai.token.modality': 'unknown' },
  });

const model = (name: string, unit: string, description: string, measure: Measure): Metric =>
  counter(unit, { of: 'model', name: `tally.llm.${name}`, description, measure, labels: whose });

const LASTED = 'Duration of one call, a stream measured to its end';
const FIRST = 'From the call to the first chunk of its stream';

const modelRows: readonly Metric[] = [
  seconds({
    of: 'model',
    name: 'gen_ai.client.operation.duration',
    semconv: released,
    description: LASTED,
    labels: [...conventional, 'errorType'],
  }),
  seconds({
    of: 'model',
    name: 'gen_ai.client.inference.duration',
    semconv: trunk,
    description: LASTED,
    labels: [...conventional, 'errorType'],
  }),
  seconds({
    of: 'model',
    name: 'gen_ai.client.operation.time_to_first_chunk',
    semconv: ['1.41'],
    description: FIRST,
    measure: 'timeToFirstChunkSeconds',
    labels: conventional,
  }),
  seconds({
    of: 'model',
    name: 'gen_ai.client.inference.time_to_first_chunk',
    semconv: trunk,
    description: FIRST,
    measure: 'timeToFirstChunkSeconds',
    labels: conventional,
  }),
  tokens('input'),
  tokens('output'),
  usage('input_tokens', 'inputTokens'),
  usage('output_tokens', 'outputTokens'),
  usage('cache_read.input_tokens', 'cacheReadTokens'),
  usage('cache_write.input_tokens', 'cacheWriteTokens'),
  usage('reasoning.output_tokens', 'reasoningTokens'),
  model('calls', '{call}', 'Calls, failed ones included', 'calls'),
  { ...model('call_errors', '{call}', 'Failed calls', 'errors'), labels: [...whose, 'errorType'] },
  seconds({ of: 'model', name: 'tally.llm.call.duration', description: LASTED, labels: whose }),
  model('input_tokens', '{token}', 'Input tokens, cached ones included', 'inputTokens'),
  model('output_tokens', '{token}', 'Output tokens, reasoning included', 'outputTokens'),
  model('cost', 'USD', 'Cost of the calls whose price is known', 'costUsd'),
];

/** Calls, failures and durations of one kind of operation, under `tally.<name>`. */
const red = (of: Counted, name: string, what: string, labels: readonly Label[]): readonly Metric[] => [
  counter('{call}', {
    of,
    name: `tally.${name}s`,
    description: `${what}, failed ones included`,
    measure: 'calls',
    labels,
  }),
  counter('{call}', {
    of,
    name: `tally.${name}_errors`,
    description: `${what} that failed`,
    measure: 'errors',
    labels: [...labels, 'errorType'],
  }),
  seconds({ of, name: `tally.${name}.duration`, description: `How long they took`, labels }),
];

const agent = ['agent', 'tenant'] as const;
const tool = ['toolName', 'toolService', 'tenant', 'agent'] as const;
const send = ['peerAgent', 'tenant', 'agent'] as const;
const credential = ['credentialProvider', 'credentialService', 'tenant', 'agent'] as const;

const stepRows: readonly Metric[] = [
  counter('{run}', {
    of: 'agent',
    name: 'tally.agent.invocations',
    description: 'Runs of agents, by how they ended',
    measure: 'calls',
    labels: [...agent, 'agentStatus'],
  }),
  {
    of: 'agent_active',
    name: 'tally.agent.active',
    kind: 'updown',
    unit: '{run}',
    description: 'Runs of agents that are under way',
    measure: 'active',
    labels: agent,
  },
  seconds({
    of: 'agent',
    name: 'tally.agent.duration',
    description: 'How long a run took',
    labels: agent,
    buckets: AGENT_BUCKETS,
  }),
  seconds({
    of: 'agent',
    name: 'gen_ai.invoke_agent.duration',
    semconv: trunk,
    description: 'How long a run took',
    labels: ['agent', 'errorType'],
    buckets: AGENT_BUCKETS,
  }),
  counter('{call}', {
    of: 'tool',
    name: 'tally.tool.invocations',
    description: 'Calls of tools, failed ones included',
    measure: 'calls',
    labels: [...tool, 'toolStatus'],
  }),
  counter('{call}', {
    of: 'tool',
    name: 'tally.tool.errors',
    description: 'Calls of tools that failed',
    measure: 'errors',
    labels: [...tool, 'errorType'],
  }),
  seconds({ of: 'tool', name: 'tally.tool.duration', description: 'How long a tool took', labels: tool }),
  seconds({
    of: 'tool',
    name: 'gen_ai.execute_tool.duration',
    semconv: trunk,
    description: 'How long a tool took',
    labels: ['toolName', 'agent', 'errorType'],
  }),
];

const operatedRows: readonly Metric[] = [
  counter('{lookup}', {
    of: 'cache',
    name: 'tally.cache.hits',
    description: 'Looks into a cache that found something',
    measure: 'hits',
    labels: ['cacheTier'],
  }),
  counter('{lookup}', {
    of: 'cache',
    name: 'tally.cache.misses',
    description: 'Looks into a cache that found nothing',
    measure: 'misses',
    labels: ['cacheTier'],
  }),
  seconds({
    of: 'cache',
    name: 'tally.cache.lookup.duration',
    description: 'How long a look took',
    labels: ['cacheTier'],
    buckets: SHORT_BUCKETS,
  }),
  counter('{exchange}', {
    of: 'credential',
    name: 'tally.credential.exchanges',
    description: 'Exchanges of an identity for credentials that succeeded',
    measure: 'successes',
    labels: credential,
  }),
  counter('{exchange}', {
    of: 'credential',
    name: 'tally.credential.failures',
    description: 'Exchanges that failed',
    measure: 'errors',
    labels: [...credential, 'errorType'],
  }),
  seconds({
    of: 'credential',
    name: 'tally.credential.exchange.duration',
    description: 'How long an exchange took',
    labels: credential,
  }),
  ...red('vault', 'vault.operation', 'Requests to a vault', ['operation', 'tenant', 'agent']),
  ...red('gateway', 'gateway.call', 'Calls of tools through MCP', ['toolName', 'tenant', 'agent']),
  seconds({
    of: 'mcp_client',
    name: 'mcp.client.operation.duration',
    semconv: withMcp,
    description: 'How long a request to an MCP server took',
    labels: ['mcpMethod', 'toolName', 'errorType'],
    buckets: MCP_BUCKETS,
  }),
  seconds({
    of: 'mcp_server',
    name: 'mcp.server.operation.duration',
    semconv: withMcp,
    description: 'How long an MCP server took for a request',
    labels: ['mcpMethod', 'toolName', 'errorType'],
    buckets: MCP_BUCKETS,
  }),
  counter('{message}', {
    of: 'a2a_send',
    name: 'tally.a2a.sends',
    description: 'Messages to other agents, failed ones included',
    measure: 'calls',
    labels: send,
  }),
  counter('{message}', {
    of: 'a2a_send',
    name: 'tally.a2a.send_failures',
    description: 'Messages to other agents that failed',
    measure: 'errors',
    labels: [...send, 'errorType'],
  }),
  seconds({
    of: 'a2a_send',
    name: 'tally.a2a.send.duration',
    description: 'How long a message took to be answered',
    labels: send,
    buckets: AGENT_BUCKETS,
  }),
  counter('{task}', {
    of: 'a2a_execute',
    name: 'tally.a2a.bridge.executions',
    description: 'Messages of other agents that were handled',
    measure: 'calls',
    labels: [...send, 'a2aTaskState'],
  }),
  seconds({
    of: 'a2a_execute',
    name: 'tally.a2a.bridge.duration',
    description: 'How long the work for another agent took',
    labels: send,
    buckets: AGENT_BUCKETS,
  }),
  counter('{transition}', {
    of: 'a2a_transition',
    name: 'tally.a2a.task.transitions',
    description: 'Tasks that went from one state to another',
    measure: 'calls',
    labels: ['fromState', 'a2aTaskState', 'tenant', 'agent'],
  }),
  {
    of: 'a2a_streams',
    name: 'tally.a2a.streams.active',
    kind: 'updown',
    unit: '{connection}',
    description: 'Streams of tasks that are open',
    measure: 'active',
    labels: agent,
  },
  ...red('sandbox', 'sandbox.execution', 'Programs run in a sandbox', ['sandboxLanguage', 'tenant', 'agent']),
  ...red('browser', 'browser.visit', 'Visits of a browser', agent),
  counter('{action}', {
    of: 'browser',
    name: 'tally.browser.actions',
    description: 'What was done on pages: clicks, texts, moves to another page',
    measure: 'actions',
    labels: agent,
  }),
];

const guarded = ['direction', 'scanner'] as const;

const guardRows: readonly Metric[] = [
  counter('{scan}', {
    of: 'guard_scanner',
    name: 'tally.guard.scans',
    description: 'Scans of prompts (input) and answers (output), by scanner',
    measure: 'calls',
    labels: guarded,
  }),
  counter('{scan}', {
    of: 'guard_scanner',
    name: 'tally.guard.blocks',
    description: 'Scans that kept a call from being made, or an answer from being used',
    measure: 'blocks',
    labels: guarded,
  }),
  seconds({
    of: 'guard_scan',
    name: 'tally.guard.scan.duration',
    description: 'How long all scanners took together',
    labels: ['direction'],
    buckets: SHORT_BUCKETS,
  }),
  counter('{call}', {
    of: 'budget',
    name: 'tally.budget.refusals',
    description: 'Calls that were not made as they would have overrun a budget',
    measure: 'calls',
    labels: [...agent, 'limit'],
  }),
];

export const metricRows: readonly Metric[] = [...modelRows, ...stepRows, ...operatedRows, ...guardRows];
