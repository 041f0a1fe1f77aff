/**
 * A configuration for the OpenTelemetry Collector between agents and what reads them:
 *
 *   agent ── OTLP ──► traces ──────────────────────────────► Tallyspan          every span: what is counted is exact
 *                       ├──► span metrics ──► Prometheus                        from every span as well
 *                       └──► traces/kept ── tail sampling ──► Jaeger            whole traces that somebody will look at
 *                     metrics ───────────► Prometheus                           what SDKs push
 *
 * Costs are counted before anything is sampled: Tallyspan and Prometheus get all spans, only Jaeger gets a choice. What senders wrote
 * into attributes that may hold secrets is hashed or deleted before it leaves. What waits lies on disk, so a restart loses nothing.
 * It keeps to keys that the contrib distribution documents. It was not run against a Collector.
 */
import { limits } from '@tallyspan/facts';
import { toYaml, type Yaml } from './yaml.ts';

/** Where things listen. `${env:NAME:-value}` is left for the Collector to fill in when it starts. */
export interface CollectorOptions {
  /** Host the Collector listens on. */
  host: string;
  /** Not 4317 and 4318: Tallyspan itself listens there, on this machine only until it has keys. */
  grpcPort: number;
  httpPort: number;
  /** Base URL of Tallyspan; the Collector adds /v1/traces. */
  tallyspanUrl: string;
}

export const defaultOptions: CollectorOptions = {
  host: '${env:COLLECTOR_HOST:-127.0.0.1}',
  grpcPort: 14_317,
  httpPort: 14_318,
  tallyspanUrl: '${env:TALLYSPAN_URL:-http://127.0.0.1:4318}',
};

/** A span with its messages seldom weighs more. The Collector counts spans, but Tallyspan limits the bytes of a request. */
const spanBytesAssumed = 64 * 1024;

/** Headers and keys that end up in attributes by mistake. */
const secretAttributes = [
  'http.request.header.authorization',
  'http.request.header.x-api-key',
  'http.request.header.cookie',
  'http.response.header.set-cookie',
];
/** In any attribute: keys of OpenAI, Anthropic and AWS, and bearer tokens. */
const secretValues = ['sk-(ant-)?[A-Za-z0-9_-]{20,}', 'AKIA[0-9A-Z]{16}', '[Bb]earer [A-Za-z0-9._~+/-]{20,}=*'];

/** Which whole traces Jaeger gets: one policy that matches is enough. */
const kept: Yaml[] = [
  { name: 'failed', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
  { name: 'slow', type: 'latency', latency: { threshold_ms: 30_000 } },
  {
    name: 'guarded',
    type: 'string_attribute',
    string_attribute: { key: 'tally.guard.outcome', values: ['blocked', 'redacted'] },
  },
  {
    name: 'dear',
    type: 'numeric_attribute',
    numeric_attribute: { key: 'gen_ai.usage.input_tokens', min_value: 50_000, max_value: 2_147_483_647 },
  },
  { name: 'some', type: 'probabilistic', probabilistic: { sampling_percentage: 10 } },
];

/** The configuration as data. */
export function collectorConfig(options: CollectorOptions = defaultOptions) {
  const spansPerRequestMax = Math.floor(limits.bodyBytesMax / spanBytesAssumed);
  /** Never give up; wait on disk. Tallyspan answers 503 with Retry-After while it has too much to store. */
  const patient = {
    retry_on_failure: { enabled: true, initial_interval: '1s', max_interval: '30s', max_elapsed_time: 0 },
    sending_queue: { enabled: true, num_consumers: 2, queue_size: 1000, storage: 'file_storage' },
  };
  return {
    extensions: {
      health_check: { endpoint: `${options.host}:13133` },
      file_storage: {
        directory: '${env:COLLECTOR_QUEUE_DIR:-/var/lib/otelcol/queue}',
        create_directory: true,
        compaction: { on_start: true, directory: '${env:COLLECTOR_QUEUE_DIR:-/var/lib/otelcol/queue}' },
      },
    },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `${options.host}:${options.grpcPort}` },
          http: { endpoint: `${options.host}:${options.httpPort}`, max_request_body_size: limits.bodyBytesMax },
        },
      },
    },
    processors: {
      memory_limiter: { check_interval: '1s', limit_percentage: 75, spike_limit_percentage: 20 },
      'attributes/secrets': { actions: secretAttributes.map((key) => ({ key, action: 'delete' })) },
      redaction: { allow_all_keys: true, blocked_values: secretValues, summary: 'silent' },
      tail_sampling: {
        decision_wait: '30s',
        num_traces: 50_000,
        policies: kept,
      },
      batch: { timeout: '200ms', send_batch_size: spansPerRequestMax, send_batch_max_size: spansPerRequestMax },
    },
    connectors: {
      spanmetrics: {
        namespace: 'otelcol_spans',
        histogram: { explicit: { buckets: ['100ms', '500ms', '1s', '5s', '10s', '30s', '60s'] } },
        dimensions: [
          'gen_ai.operation.name',
          'gen_ai.provider.name',
          'gen_ai.request.model',
          'gen_ai.agent.name',
          'tally.tenant',
        ].map((name) => ({ name })),
        metrics_flush_interval: '15s',
      },
    },
    exporters: {
      'otlphttp/tallyspan': {
        endpoint: options.tallyspanUrl,
        headers: { authorization: 'Bearer ${env:TALLYSPAN_API_KEY:-none}' },
        compression: 'gzip',
        timeout: milliseconds(limits.requestTimeoutMs),
        ...patient,
      },
      'otlp/jaeger': { endpoint: '${env:JAEGER_ENDPOINT:-127.0.0.1:4317}', tls: { insecure: true }, ...patient },
      prometheus: {
        endpoint: `${options.host}:8889`,
        resource_to_telemetry_conversion: { enabled: false },
        metric_expiration: '10m',
      },
    },
    service: {
      extensions: ['health_check', 'file_storage'],
      telemetry: {
        metrics: {
          level: 'normal',
          readers: [{ pull: { exporter: { prometheus: { host: '${env:COLLECTOR_HOST:-127.0.0.1}', port: 8888 } } } }],
        },
      },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'attributes/secrets', 'redaction', 'batch'],
          exporters: ['otlphttp/tallyspan', 'spanmetrics'],
        },
        'traces/kept': {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'attributes/secrets', 'redaction', 'tail_sampling', 'batch'],
          exporters: ['otlp/jaeger'],
        },
        metrics: {
          receivers: ['otlp', 'spanmetrics'],
          processors: ['memory_limiter', 'batch'],
          exporters: ['prometheus'],
        },
      },
    },
  } satisfies Yaml;
}

/** The file as it lies in deploy/, with a head that says how to use it. */
export function collectorFile(options: CollectorOptions = defaultOptions): string {
  return [
    '# Generated from packages/dashboards/src/collector.ts by "npm run generate"; edit that file instead.',
    '#',
    '# Agents send to the Collector. It passes every span on to Tallyspan, whole traces that matter to Jaeger, and metrics to Prometheus:',
    `#   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${options.httpPort}  in the environment of the agent`,
    '#   otelcol-contrib --config deploy/otel-collector.yaml',
    '# It keeps to documented keys, and was not run against a Collector.',
    toYaml(collectorConfig(options)),
  ].join('\n');
}

function milliseconds(duration: number): string {
  return `${duration}ms`;
}
