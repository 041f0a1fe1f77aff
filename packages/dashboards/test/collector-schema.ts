/**
 * What the Collector knows, of the components that our configuration has: the names and kinds of their settings, looked up in the stored
 * documentation and source of open-telemetry/opentelemetry-collector and -contrib (2026), file by file:
 *
 *   health_check     contrib extension/healthcheckextension/config.go
 *   file_storage     contrib extension/storage/filestorage/README.md
 *   otlp (receiver)  receiver/otlpreceiver/config.go, config/confighttp/README.md
 *   memory_limiter   internal/memorylimiter/config.go
 *   attributes       contrib processor/attributesprocessor/README.md
 *   redaction        contrib processor/redactionprocessor/config.schema.yaml
 *   tail_sampling    contrib processor/tailsamplingprocessor/config.schema.yaml
 *   batch            processor/batchprocessor/config.go
 *   spanmetrics      contrib connector/spanmetricsconnector/config.schema.yaml
 *   otlphttp, otlp   exporter/otlphttpexporter/config.go, config/configretry/backoff.go, exporter/exporterhelper/internal/queuebatch/config.go
 *   prometheus       contrib exporter/prometheusexporter/config.go, pkg/resourcetotelemetry/config.schema.yaml
 *   telemetry        opentelemetry.io/docs/collector/internal-telemetry
 *
 * `sending_queue.enabled` is of exporter/exporterhelper/README.md. A Collector has not read the file.
 */
import { Ajv } from 'ajv';
import { faultOf } from './schema-of-types.ts';

type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const port: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };
/** 0 is taken without a unit. */
const duration: Schema = { anyOf: [{ type: 'string', pattern: '^(\\d+(\\.\\d+)?(ns|us|ms|s|m|h))+$' }, { const: 0 }] };
const percent: Schema = { type: 'integer', minimum: 1, maximum: 100 };
const address: Schema = { type: 'string', pattern: ':\\d+$|:-[^}]*:\\d+\\}$' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const oneOf = (...values: string[]): Schema => ({ enum: values });
const closed = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const delivery = {
  retry_on_failure: closed({
    enabled: flag,
    initial_interval: duration,
    randomization_factor: { type: 'number', minimum: 0, maximum: 1 },
    multiplier: { type: 'number', minimum: 0 },
    max_interval: duration,
    max_elapsed_time: duration,
  }),
  sending_queue: closed({
    enabled: flag,
    wait_for_result: flag,
    sizer: oneOf('requests', 'items', 'bytes'),
    queue_size: { type: 'integer', minimum: 1 },
    block_on_overflow: flag,
    storage: text,
    num_consumers: { type: 'integer', minimum: 1 },
  }),
};

const policy = (type: string, settings: Schema): Schema =>
  closed({ name: text, type: { const: type }, [type]: settings }, ['name', 'type', type]);

const policies: Schema = {
  anyOf: [
    policy('status_code', closed({ status_codes: list(oneOf('OK', 'ERROR', 'UNSET')) })),
    policy('latency', closed({ threshold_ms: count, upper_threshold_ms: count })),
    policy(
      'string_attribute',
      closed({
        key: text,
        values: list(text),
        enabled_regex_matching: flag,
        cache_max_size: count,
        invert_match: flag,
      }),
    ),
    policy('numeric_attribute', closed({ key: text, min_value: count, max_value: count, invert_match: flag })),
    policy('probabilistic', closed({ hash_salt: text, sampling_percentage: { type: 'number', minimum: 0 } })),
  ],
};

const dimensions = list(closed({ name: text, default: text, glob: text }));

/** By section, and by the part of a name before the slash. */
const components: Record<string, Record<string, Schema>> = {
  extensions: {
    health_check: closed({ endpoint: address, path: text }),
    file_storage: closed({
      directory: text,
      timeout: duration,
      fsync: flag,
      create_directory: flag,
      directory_permissions: text,
      compaction: closed({
        on_start: flag,
        on_rebound: flag,
        directory: text,
        max_transaction_size: count,
        cleanup_on_start: flag,
        rebound_needed_threshold_mib: count,
        rebound_trigger_threshold_mib: count,
        check_interval: duration,
      }),
    }),
  },
  receivers: {
    otlp: closed({
      protocols: closed({
        grpc: closed({ endpoint: address }),
        http: closed({ endpoint: address, max_request_body_size: count, include_metadata: flag }),
      }),
    }),
  },
  processors: {
    memory_limiter: closed(
      {
        check_interval: duration,
        limit_mib: count,
        spike_limit_mib: count,
        limit_percentage: percent,
        spike_limit_percentage: percent,
      },
      ['check_interval'],
    ),
    attributes: closed({
      actions: list(closed({ key: text, action: { const: 'delete' }, pattern: text }, ['action'])),
    }),
    redaction: closed({
      allow_all_keys: flag,
      allowed_keys: list(text),
      allowed_values: list(text),
      blocked_key_patterns: list(text),
      blocked_values: list(text),
      ignored_keys: list(text),
      redact_all_types: flag,
      summary: oneOf('debug', 'info', 'silent'),
    }),
    tail_sampling: closed({
      decision_wait: duration,
      num_traces: count,
      expected_new_traces_per_sec: count,
      policies: list(policies),
    }),
    batch: closed({ timeout: duration, send_batch_size: count, send_batch_max_size: count }),
  },
  connectors: {
    spanmetrics: closed({
      namespace: text,
      dimensions,
      histogram: closed({ disable: flag, unit: oneOf('ms', 's'), explicit: closed({ buckets: list(duration) }) }),
      metrics_flush_interval: duration,
      metrics_expiration: duration,
      series_expiration: duration,
      aggregation_cardinality_limit: count,
    }),
  },
  exporters: {
    otlphttp: closed(
      {
        endpoint: text,
        headers: { type: 'object', additionalProperties: text },
        compression: oneOf('gzip', 'zstd', 'none'),
        timeout: duration,
        encoding: oneOf('proto', 'json'),
        ...delivery,
      },
      ['endpoint'],
    ),
    otlp: closed({ endpoint: address, tls: closed({ insecure: flag }), timeout: duration, ...delivery }, ['endpoint']),
    prometheus: closed(
      {
        endpoint: address,
        namespace: text,
        send_timestamps: flag,
        metric_expiration: duration,
        enable_open_metrics: flag,
        resource_to_telemetry_conversion: closed({ enabled: flag, included: list(text), excluded: list(text) }),
      },
      ['endpoint'],
    ),
  },
};

const reader = closed({
  pull: closed({ exporter: closed({ prometheus: closed({ host: text, port }, ['host', 'port']) }) }),
});
const service = closed({
  extensions: list(text),
  telemetry: closed({
    metrics: closed({ level: oneOf('none', 'basic', 'normal', 'detailed'), readers: list(reader) }),
  }),
  pipelines: {
    type: 'object',
    patternProperties: {
      '^(traces|metrics|logs)(/.+)?$': closed({ receivers: list(text), processors: list(text), exporters: list(text) }),
    },
    additionalProperties: false,
  },
});

const isCollectorConfig = new Ajv({ strict: false, allErrors: true }).compile(
  closed({
    ...Object.fromEntries(
      Object.entries(components).map(([section, known]) => [
        section,
        {
          type: 'object',
          patternProperties: Object.fromEntries(
            Object.entries(known).map(([name, schema]) => [`^${name}(/.+)?$`, schema]),
          ),
          additionalProperties: false,
        },
      ]),
    ),
    service,
  }),
);

/** A line for each setting that no component has, and for each value of another kind; none when all is right. */
export function collectorFaults(config: unknown): string[] {
  isCollectorConfig(config);
  return (isCollectorConfig.errors ?? []).map((error) => faultOf(error));
}
