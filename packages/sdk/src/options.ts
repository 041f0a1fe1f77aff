import type { DialectName, Semconv } from '@tallyspan/facts';

/** What of the messages is recorded: nothing (default), a preview (500 characters of the last two messages), or all of it. */
export type CaptureContent = boolean | 'preview';

/** How `init()` may be called. Everything is optional. */
export interface InitOptions {
  /** OTLP/HTTP endpoint without `/v1/traces`. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://127.0.0.1:4318`. */
  endpoint?: string;
  /** Extra request headers, e.g. an API key. Added to those of `OTEL_EXPORTER_OTLP_HEADERS`. */
  headers?: Record<string, string>;
  /** `service.name`. Default: `OTEL_SERVICE_NAME`. */
  serviceName?: string;
  /** Default false, or what `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says. Content can hold personal data: use it in development. */
  captureContent?: CaptureContent;
  /** Sees every content text before it is recorded and answers what to record. If it throws, nothing is recorded. */
  redact?: (text: string) => string;
  /** Whose attribute names are written. The first one names the spans. Default `['otel']`. */
  dialects?: readonly DialectName[];
  /** Generation of the OpenTelemetry GenAI conventions. Default `'1.41'`. */
  semconv?: Semconv;
  /** Send spans through the application's own OpenTelemetry provider instead of ours. Default false. */
  join?: boolean;
  /** Ask OpenAI for usage on streams and hide the extra chunk from the caller. `'off'` leaves requests byte-identical. Default `'auto'`. */
  streamUsage?: 'auto' | 'off';
  /** Push metrics too. Default true. */
  metrics?: boolean;
  /** Derive `spiffe://<trustDomain>/agent/<tenant>/<agent>/<role>` for spans without an explicit identity. Default: off. */
  spiffe?: { trustDomain: string };
  /** Throw a `TypeError` for a client that is not known, instead of returning it untouched with a diagnostic line. Default false. */
  strict?: boolean;
}

/** How one client may be watched. */
export interface WatchOptions {
  /** Overrides the setting of `init()` for this client. */
  captureContent?: CaptureContent;
  /** Overrides the setting of `init()` for this client. */
  streamUsage?: 'auto' | 'off';
  /** Overrides the setting of `init()` for this client. */
  strict?: boolean;
}
