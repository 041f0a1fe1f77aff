import { diag } from '@opentelemetry/api';
import { type DialectName, limits } from '@tallyspan/facts';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { InitOptions } from './options.ts';
import type { Target } from './otlp/post.ts';

type Env = Record<string, string | undefined>;

/** Switches are on when they say `true` or `1`. */
export function isTrue(value: string | undefined): boolean {
  return ['true', '1'].includes(value?.trim().toLowerCase() ?? '');
}

/** The methods of OTLP/gRPC. https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/collector */
const methods = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const;

/**
 * Where a signal goes, by the rules of the OpenTelemetry exporter specification; ours is the default at the end. An endpoint that is
 * given in code says itself how it is spoken to, `grpc://` and `grpcs://` beside `http://` and `https://`; one of the environment
 * does so, or `OTEL_EXPORTER_OTLP_PROTOCOL` does.
 */
export function target(
  signal: 'traces' | 'metrics',
  given: { endpoint?: string; headers?: Record<string, string> },
  env: Env,
): Target | undefined {
  const SIGNAL = signal.toUpperCase();
  const pick = (name: string) => env[`OTEL_EXPORTER_OTLP_${SIGNAL}_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
  const own = given.endpoint === undefined ? env[`OTEL_EXPORTER_OTLP_${SIGNAL}_ENDPOINT`] : undefined;
  const told = given.endpoint ?? own ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isRpc = told !== undefined && /^grpcs?:/i.test(told);
  const rpc = isRpc || (given.endpoint === undefined && protocol(pick('PROTOCOL')) === 'grpc');
  const url = rpc
    ? rpcUrl(told ?? 'http://127.0.0.1:4317', methods[signal], isTrue(pick('INSECURE')))
    : httpUrl(own ?? `${(told ?? 'http://127.0.0.1:4318').replace(/\/+$/, '')}/v1/${signal}`);
  if (!url) {
    diag.warn(`tallyspan: the ${signal} endpoint is no http(s) URL; nothing is exported`);
    return undefined;
  }
  const timeout = Number(pick('TIMEOUT'));
  const tls = certificates(pick);
  return {
    url,
    headers: { ...pairs(pick('HEADERS')), ...given.headers },
    timeoutMs: timeout > 0 ? timeout : 10_000,
    compress: pick('COMPRESSION') === 'gzip',
    ...(rpc && { rpc }),
    ...(tls && { tls }),
  };
}

/** What is not known is said, and means OTLP/HTTP, which is what most receivers take. */
function protocol(value: string | undefined): 'grpc' | 'http' {
  if (value === 'grpc') return 'grpc';
  if (value !== undefined && value !== '' && value !== 'http/protobuf')
    diag.warn(`tallyspan: OTLP over ${JSON.stringify(value.slice(0, 50))} is not spoken; http/protobuf is used`);
  return 'http';
}

function httpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

/** `grpc://collector:4317`, `https://collector:4317` and, as gRPC libraries take it, `collector:4317`, which is TLS unless told otherwise. */
function rpcUrl(text: string, method: string, insecure: boolean): URL | undefined {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? '' : insecure ? 'http://' : 'https://';
  const url = httpUrl(scheme + text.replace(/^grpc(s?):/i, 'http$1:'));
  return url && new URL(method, url.origin);
}

const certificateFiles = { ca: 'CERTIFICATE', cert: 'CLIENT_CERTIFICATE', key: 'CLIENT_KEY' } as const;

/** `OTEL_EXPORTER_OTLP_CERTIFICATE` and its siblings name files; one that cannot be read is said and left out. */
function certificates(pick: (name: string) => string | undefined): Target['tls'] {
  const tls: NonNullable<Target['tls']> = {};
  for (const [option, name] of Object.entries(certificateFiles) as [keyof typeof certificateFiles, string][]) {
    const file = pick(name);
    if (!file) continue;
    try {
      tls[option] = readFileSync(file);
    } catch {
      diag.warn(`tallyspan: the file of OTEL_EXPORTER_OTLP_${name} cannot be read; it is left out`);
    }
  }
  return Object.keys(tls).length > 0 ? tls : undefined;
}

/**
 * An address of the HTTP API of the server behind a target of traces. Where spans go by gRPC that is a server of ours at its usual two
 * ports, or undefined: nobody knows where HTTP is beside another one.
 */
export function serverUrl({ url, rpc }: Target, path: string): URL | undefined {
  if (rpc) return url.port === '4317' ? new URL(path, `${url.protocol}//${url.hostname}:4318`) : undefined;
  const base = url.pathname.replace(/\/v1\/traces\/?$/, '').replace(/\/+$/, '');
  return new URL(base + path, url.origin);
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

/** Dialects in which each message is attributes of its own. */
const numbered: ReadonlySet<string> = new Set(['tracekit', 'openinference'] satisfies DialectName[]);

/**
 * How many attributes a span may have: what `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` or `OTEL_ATTRIBUTE_COUNT_LIMIT` says, else a limit of
 * ours where messages are numbered. Undefined is no limit: elsewhere a span has a few dozen.
 */
export function attributesMax(dialects: readonly DialectName[], env: Env): number | undefined {
  const ours = dialects.some((name) => numbered.has(name)) ? limits.spanAttributesMax : undefined;
  const told = env.OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT || env.OTEL_ATTRIBUTE_COUNT_LIMIT;
  if (!told || !/^\d+$/.test(told)) return ours;
  if (ours !== undefined && Number(told) < ours)
    diag.warn(`tallyspan: a limit of ${told} attributes cuts messages of long chats; ${ours} would keep them`);
  return Number(told);
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
