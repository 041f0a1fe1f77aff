import { diag } from '@opentelemetry/api';
import { hostname } from 'node:os';
import type { InitOptions } from './options.ts';
import type { Target } from './otlp/post.ts';

type Env = Record<string, string | undefined>;

/** Switches are on when they say `true` or `1`. */
export function isTrue(value: string | undefined): boolean {
  return ['true', '1'].includes(value?.trim().toLowerCase() ?? '');
}

/** Where a signal goes, by the rules of the OpenTelemetry exporter specification; ours is the default at the end. */
export function target(
  signal: 'traces' | 'metrics',
  given: { endpoint?: string; headers?: Record<string, string> },
  env: Env,
): Target | undefined {
  const SIGNAL = signal.toUpperCase();
  const own = env[`OTEL_EXPORTER_OTLP_${SIGNAL}_ENDPOINT`];
  const shared =
    given.endpoint ??
    (own ? undefined : env.OTEL_EXPORTER_OTLP_ENDPOINT) ??
    (own ? undefined : 'http://127.0.0.1:4318');
  const text = shared === undefined ? own! : `${shared.replace(/\/+$/, '')}/v1/${signal}`;
  let url: URL;
  try {
    url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('not http');
  } catch {
    diag.warn(`tallyspan: the ${signal} endpoint is no http(s) URL; nothing is exported`);
    return undefined;
  }
  const pick = (name: string) => env[`OTEL_EXPORTER_OTLP_${SIGNAL}_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
  const timeout = Number(pick('TIMEOUT'));
  return {
    url,
    headers: { ...pairs(pick('HEADERS')), ...given.headers },
    timeoutMs: timeout > 0 ? timeout : 10_000,
    compress: pick('COMPRESSION') === 'gzip',
  };
}

/** `a=1,b=2` with percent-encoded values, as in W3C baggage; a broken pair is skipped. */
export function pairs(text: string | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at).trim();
    if (at <= 0 || key === '__proto__') continue;
    try {
      result[key] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      diag.warn(`tallyspan: the value of ${key} is not percent-encoded text; it is left out`);
    }
  }
  return result;
}

/** Attributes of this process, by the resource specification. The environment wins over what we know ourselves. */
export function resource(
  options: Pick<InitOptions, 'serviceName' | 'resource'>,
  version: string,
  env: Env,
): Record<string, string | number> {
  const given = { ...options.resource, ...pairs(env.OTEL_RESOURCE_ATTRIBUTES) };
  return {
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...given,
    'service.name': options.serviceName ?? env.OTEL_SERVICE_NAME ?? given['service.name'] ?? 'unknown_service:node',
    'telemetry.sdk.name': 'tallyspan',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': version,
  };
}

/**
 * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`: true or a mode that puts content on spans turns content on;
 * an unknown value is said once and leaves it off.
 */
export function contentFromEnvironment(env: Env): boolean {
  const value = env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?.trim().toLowerCase();
  if (!value || ['false', '0', 'no_content', 'event_only'].includes(value)) return false;
  if (['true', '1', 'span_only', 'span_and_event'].includes(value)) return true;
  diag.warn('tallyspan: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT has an unknown value; content stays off');
  return false;
}
