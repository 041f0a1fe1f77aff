import type { DialectName, Semconv } from '@tallyspan/facts';
import type { GuardOptions } from './guard/policy.ts';
import type { Preset } from './presets.ts';

/** What of the messages is recorded: nothing (default), a preview (500 characters of the last two messages), or all of it. */
export type CaptureContent = boolean | 'preview';

/** How `init()` may be called. Everything is optional. */
export interface InitOptions {
  /** Settings of a receiver: `coralogix()`, `honeycomb()`, … What is given beside it wins. */
  preset?: Preset;
  /**
   * Where telemetry goes: `http://` or `https://` for OTLP/HTTP, without `/v1/traces`; `grpc://` or `grpcs://` for OTLP/gRPC. Default:
   * `OTEL_EXPORTER_OTLP_ENDPOINT`, spoken to as `OTEL_EXPORTER_OTLP_PROTOCOL` says (`http/protobuf` or `grpc`), else
   * `http://127.0.0.1:4318`, with gRPC port 4317.
   */
  endpoint?: string;
  /** Extra request headers, e.g. an API key. Added to those of `OTEL_EXPORTER_OTLP_HEADERS`. */
  headers?: Record<string, string>;
  /** `service.name`. Default: `OTEL_SERVICE_NAME`. */
  serviceName?: string;
  /** Further attributes of the resource. Added to those of `OTEL_RESOURCE_ATTRIBUTES`, which win. */
  resource?: Readonly<Record<string, string>>;
  /** `'console'` prints each trace as a tree on stderr instead of sending it. Default `'otlp'`. */
  exporter?: 'otlp' | 'console';
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
  /** Push metrics too. Default true. Without it they are still counted where `metricsHandler()` or `prometheusText()` is used. */
  metrics?: boolean;
  /**
   * Whose SPIFFE id the spans carry: `workloadIdentity()` of `@tallyspan/sdk/identity`, or anything that knows its own. An agent's
   * explicit `spiffeId` wins. Default: none.
   */
  identity?: { readonly spiffeId: string | undefined };
  /** Derive `spiffe://<trustDomain>/agent/<tenant>/<agent>/<role>` for spans without an explicit identity. Default: off. */
  spiffe?: { trustDomain: string };
  /**
   * Scan prompts before they leave and answers before they are used: `true`, or a policy of your own. Default: what
   * `TALLYSPAN_GUARD_ENABLED` says.
   */
  guard?: boolean | GuardOptions;
  /**
   * Ask the server's budgets before each call: `true`, or how. Calls are decided in this process, within a part of each budget that the
   * server gives out; one that would overrun a budget is not made (`BudgetExceededError`). Default: what `TALLYSPAN_BUDGETS` says.
   */
  budgets?: boolean | ServerBudgetOptions;
  /** Throw a `TypeError` for a client that is not known, instead of returning it untouched with a diagnostic line. Default false. */
  strict?: boolean;
}

/** How the server's budgets are asked. */
export interface ServerBudgetOptions {
  /**
   * What happens to calls while the server does not answer and the last answer is used up: `'open'` makes them and marks their spans
   * (`tally.budget.outcome: not_checked`), `'closed'` refuses them. Default `'open'`.
   */
  fail?: 'open' | 'closed';
  /** How long a call may wait for the server. Default 50 ms; most calls need not wait. */
  waitMs?: number;
  /** Where the server is. Default: where spans are sent. */
  endpoint?: string;
}

/** How one client may be watched. */
export interface WatchOptions {
  /**
   * Who answers, as `gen_ai.provider.name` spells it (`vllm`, `x_ai`), where the address does not say: a server of your own, a
   * company's proxy. Default: by the host of the client's base URL.
   */
  provider?: string;
  /** Overrides the setting of `init()` for this client. */
  captureContent?: CaptureContent;
  /** Overrides the setting of `init()` for this client. */
  streamUsage?: 'auto' | 'off';
  /** Overrides the setting of `init()` for this client. */
  strict?: boolean;
  /**
   * Of servers (MCP, A2A): which claims of a caller are believed, `tenant`, `userId`, `spiffeId`. Default: none, as anybody can send
   * them. Name them only where the caller has been authenticated.
   */
  trust?: readonly ('tenant' | 'userId' | 'spiffeId')[];
}
