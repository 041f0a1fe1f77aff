import type { Semconv } from './dialects/column.ts';

/**
 * The metrics of a model call, as a table: dashboards, the SDK and the server read the same rows.
 * Buckets and names: TELEMETRY of the GenAI conventions v1.41 `gen-ai-metrics.md`; `latest` is their trunk.
 */

/** What is summed over calls that share their labels. */
export type Measure =
  | 'calls'
  | 'errors'
  | 'durationSeconds'
  | 'timeToFirstChunkSeconds'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens'
  | 'costUsd';

export type Label =
  | 'operation'
  | 'provider'
  | 'requestModel'
  | 'responseModel'
  | 'tenant'
  | 'agent'
  | 'role'
  | 'errorType';

export interface Metric {
  name: string;
  /** Only in these generations of the conventions; our own metrics are in all. */
  semconv?: readonly Semconv[];
  kind: 'counter' | 'histogram';
  unit: string;
  description: string;
  measure: Measure;
  labels: readonly Label[];
  /** A label whose value belongs to the row. */
  fixed?: Record<string, string>;
  buckets?: readonly number[];
}

/** Seconds (set D of the conventions). */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const;
/** Tokens (set T of the conventions). */
export const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
] as const;

const conventional = ['operation', 'provider', 'requestModel', 'responseModel'] as const;
const whose = ['provider', 'requestModel', 'tenant', 'agent', 'role'] as const;
const released: readonly Semconv[] = ['1.36', '1.41'];
const trunk: readonly Semconv[] = ['latest'];

const tokens = (type: 'input' | 'output'): Metric => ({
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

const usage = (name: string, measure: Measure): Metric => ({
  name: `gen_ai.client.inference.usage.${name}`,
  semconv: trunk,
  kind: 'counter',
  unit: '{token}',
  description: 'Tokens used',
  measure,
  labels: conventional,
  fixed: { 'gen_ai.token.modality': 'unknown' },
});

const own = (name: string, unit: string, description: string, measure: Measure): Metric => ({
  name: `tally.llm.${name}`,
  kind: 'counter',
  unit,
  description,
  measure,
  labels: whose,
});

export const metrics: readonly Metric[] = [
  {
    name: 'gen_ai.client.operation.duration',
    semconv: released,
    kind: 'histogram',
    unit: 's',
    description: 'Duration of one call, a stream measured to its end',
    measure: 'durationSeconds',
    labels: [...conventional, 'errorType'],
    buckets: DURATION_BUCKETS,
  },
  {
    name: 'gen_ai.client.inference.duration',
    semconv: trunk,
    kind: 'histogram',
    unit: 's',
    description: 'Duration of one call, a stream measured to its end',
    measure: 'durationSeconds',
    labels: [...conventional, 'errorType'],
    buckets: DURATION_BUCKETS,
  },
  {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    semconv: ['1.41'],
    kind: 'histogram',
    unit: 's',
    description: 'From the call to the first chunk of its stream',
    measure: 'timeToFirstChunkSeconds',
    labels: conventional,
    buckets: DURATION_BUCKETS,
  },
  {
    name: 'gen_ai.client.inference.time_to_first_chunk',
    semconv: trunk,
    kind: 'histogram',
    unit: 's',
    description: 'From the call to the first chunk of its stream',
    measure: 'timeToFirstChunkSeconds',
    labels: conventional,
    buckets: DURATION_BUCKETS,
  },
  tokens('input'),
  tokens('output'),
  usage('input_tokens', 'inputTokens'),
  usage('output_tokens', 'outputTokens'),
  usage('cache_read.input_tokens', 'cacheReadTokens'),
  usage('cache_write.input_tokens', 'cacheWriteTokens'),
  usage('reasoning.output_tokens', 'reasoningTokens'),
  own('calls', '{call}', 'Calls, failed ones included', 'calls'),
  { ...own('call_errors', '{call}', 'Failed calls', 'errors'), labels: [...whose, 'errorType'] },
  {
    ...own('call.duration', 's', 'Duration of one call, a stream measured to its end', 'durationSeconds'),
    kind: 'histogram',
    buckets: DURATION_BUCKETS,
  },
  own('input_tokens', '{token}', 'Input tokens, cached ones included', 'inputTokens'),
  own('output_tokens', '{token}', 'Output tokens, reasoning included', 'outputTokens'),
  own('cost', 'USD', 'Cost of the calls whose price is known', 'costUsd'),
];

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
};

/** The `hexr` dialect has the same rows under its own prefix: `tally.llm.calls` → `hexr.llm.calls`. */
export function hexrMetricName(metric: Metric): string | undefined {
  return metric.name.startsWith('tally.') ? metric.name.replace(/^tally\./, 'hexr.') : undefined;
}
