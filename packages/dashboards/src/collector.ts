/**
 * A configuration for the OpenTelemetry Collector between agents and Tallyspan:
 *
 *   agent  ── OTLP ──►  Collector (batches, retries, queues)  ── OTLP/HTTP ──►  Tallyspan
 *
 * It keeps to keys that the Collector documents for its otlp receiver, memory_limiter and batch processors and otlphttp
 * exporter. It was not run against a Collector.
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

/** The configuration as data. Only traces: Tallyspan counts tokens and dollars from spans and stores no other signal. */
export function collectorConfig(options: CollectorOptions = defaultOptions) {
  const spansPerRequestMax = Math.floor(limits.bodyBytesMax / spanBytesAssumed);
  return {
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
      batch: { timeout: '200ms', send_batch_size: spansPerRequestMax, send_batch_max_size: spansPerRequestMax },
    },
    exporters: {
      'otlphttp/tallyspan': {
        endpoint: options.tallyspanUrl,
        compression: 'gzip',
        timeout: milliseconds(limits.requestTimeoutMs),
        // 0: never give up. Tallyspan answers 503 with Retry-After while it has too much to store.
        retry_on_failure: { enabled: true, initial_interval: '1s', max_interval: '30s', max_elapsed_time: 0 },
        sending_queue: { enabled: true, num_consumers: 2, queue_size: 1000 },
      },
    },
    service: {
      pipelines: {
        traces: { receivers: ['otlp'], processors: ['memory_limiter', 'batch'], exporters: ['otlphttp/tallyspan'] },
      },
    },
  } satisfies Yaml;
}

/** The file as it lies in deploy/, with a head that says how to use it. */
export function collectorFile(options: CollectorOptions = defaultOptions): string {
  return [
    '# Generated from packages/dashboards/src/collector.ts by "npm run generate"; edit that file instead.',
    '#',
    '# Agents send to the Collector, which batches, retries and passes their traces on to Tallyspan:',
    `#   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${options.httpPort}  in the environment of the agent`,
    '#   otelcol --config deploy/otel-collector.yaml',
    '# It keeps to documented keys, and was not run against a Collector.',
    toYaml(collectorConfig(options)),
  ].join('\n');
}

function milliseconds(duration: number): string {
  return `${duration}ms`;
}
