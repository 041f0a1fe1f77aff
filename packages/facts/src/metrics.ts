import type { DialectName, Semconv } from './dialects/column.ts';
import { metricRows } from './metric-rows.ts';

/**
 * What is counted, as a table: dashboards, the SDK and the server read the same rows (`metric-rows.ts`). Names and buckets are those of
 * the conventions where they have some (`gen-ai-metrics.md` v1.41; `latest` is their trunk; `mcp.md`), else our own under `tally.`.
 */

/** Whose calls a metric counts. One span is counted by one of them, but for what has no span of its own: gauges, scanners, transitions. */
export type Counted =
  | 'model'
  | 'agent'
  | 'agent_active'
  | 'tool'
  | 'cache'
  | 'credential'
  | 'vault'
  | 'gateway'
  | 'mcp_client'
  | 'mcp_server'
  | 'a2a_send'
  | 'a2a_execute'
  | 'a2a_transition'
  | 'a2a_streams'
  | 'sandbox'
  | 'browser'
  | 'guard_scanner'
  | 'guard_scan'
  | 'budget';

/** What is summed over calls that share their labels. */
export type Measure =
  | 'calls'
  | 'errors'
  /** Calls that did not fail. */
  | 'successes'
  | 'durationSeconds'
  | 'timeToFirstChunkSeconds'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens'
  | 'costUsd'
  | 'hits'
  | 'misses'
  | 'actions'
  | 'blocks'
  /** Goes up and down: how many there are now. */
  | 'active';

export type Measures = Partial<Record<Measure, number>>;

export type Label =
  | 'operation'
  | 'provider'
  | 'requestModel'
  | 'responseModel'
  | 'tenant'
  | 'agent'
  | 'role'
  | 'errorType'
  | 'agentStatus'
  | 'toolName'
  | 'toolService'
  /** `ok` or `error`. */
  | 'toolStatus'
  | 'cacheTier'
  | 'credentialProvider'
  | 'credentialService'
  | 'mcpMethod'
  | 'peerAgent'
  | 'a2aTaskState'
  | 'sandboxLanguage'
  /** `input` or `output`: what the guard looked at. */
  | 'direction'
  | 'scanner'
  /** The state that a task left. */
  | 'fromState'
  | 'limit';

export type Labels = Partial<Record<Label, string>>;

export interface Metric {
  name: string;
  of: Counted;
  /** Only in these generations of the conventions; our own metrics are in all. */
  semconv?: readonly Semconv[];
  kind: 'counter' | 'histogram' | 'updown';
  unit: string;
  description: string;
  measure: Measure;
  labels: readonly Label[];
  /** A label whose value belongs to the row. */
  fixed?: Record<string, string>;
  buckets?: readonly number[];
}

export const metrics: readonly Metric[] = metricRows;

/** Attribute names of the labels, as the conventions spell them and as the `hexr` dialect does. */
export const labelNames: Record<Label, { otel: string; hexr: string }> = {
  operation: { otel: 'gen_ai.operation.name', hexr: 'operation' },
  provider: { otel: 'gen_ai.provider.name', hexr: 'provider' },
  requestModel: { otel: 'gen_ai.request.model', hexr: 'model' },
  responseModel: { otel: 'gen_ai.response.model', hexr: 'response_model' },
  tenant: { otel: 'tally.tenant', hexr: 'tenant' },
  agent: { otel: 'gen_ai.agent.name', hexr: 'agent' },
  role: { otel: 'tally.role', hexr: 'role' },
  errorType: { otel: 'error.type', hexr: 'error_type' },
  agentStatus: { otel: 'tally.agent.status', hexr: 'status' },
  toolName: { otel: 'gen_ai.tool.name', hexr: 'tool' },
  toolStatus: { otel: 'tally.tool.status', hexr: 'status' },
  toolService: { otel: 'tally.tool.service', hexr: 'service' },
  cacheTier: { otel: 'tally.cache.tier', hexr: 'tier' },
  credentialProvider: { otel: 'tally.credential.provider', hexr: 'provider' },
  credentialService: { otel: 'tally.credential.service', hexr: 'service' },
  mcpMethod: { otel: 'mcp.method.name', hexr: 'method' },
  peerAgent: { otel: 'tally.peer.agent', hexr: 'target_agent' },
  a2aTaskState: { otel: 'a2a.task.state', hexr: 'task_state' },
  sandboxLanguage: { otel: 'tally.sandbox.language', hexr: 'language' },
  direction: { otel: 'tally.guard.direction', hexr: 'direction' },
  scanner: { otel: 'tally.guard.scanner', hexr: 'scanner' },
  fromState: { otel: 'tally.a2a.from_state', hexr: 'from_state' },
  limit: { otel: 'tally.budget.limit', hexr: 'limit' },
};

/** Where the `hexr` dialect has another name for the label of one kind of work: whoever asks for a task is its source. */
const ownLabelNames: Partial<Record<Counted, Partial<Record<Label, string>>>> = {
  a2a_execute: { peerAgent: 'source_agent' },
};

/** What a label of a metric is called in a family of names. */
export function labelName({ of }: Metric, label: Label, family: MetricFamily): string {
  return (family === 'hexr' ? ownLabelNames[of]?.[label] : undefined) ?? labelNames[label][family];
}

/** Metrics have two families of names; the other dialects are about spans. */
export type MetricFamily = 'otel' | 'hexr';

export function metricFamilies(dialects: readonly DialectName[]): readonly MetricFamily[] {
  return [...new Set(dialects.map((dialect) => (dialect === 'hexr' ? 'hexr' : 'otel')))];
}

/**
 * What a metric is called in a family and generation of the conventions; undefined where there is no such metric. The `hexr` dialect has
 * our own rows under its own prefix: `tally.llm.calls` → `hexr.llm.calls`.
 */
export function metricName(metric: Metric, family: MetricFamily, semconv: Semconv): string | undefined {
  const { name } = metric;
  if (family === 'hexr') return name.startsWith('tally.') ? name.replace(/^tally\./, 'hexr.') : undefined;
  return !metric.semconv || metric.semconv.includes(semconv) ? name : undefined;
}
