import { diag } from '@opentelemetry/api';
import type { InitOptions } from './options.ts';

/** Where spans go and how they are named there. What is given to `init` beside it wins. */
export type Preset = Pick<InitOptions, 'endpoint' | 'headers' | 'dialects' | 'semconv' | 'serviceName' | 'resource'>;

const setting = (given: string | undefined, ...names: string[]): string | undefined =>
  given ?? names.map((name) => process.env[name]).find((value) => value !== undefined && value !== '');

/** Said once at set-up, without any value: whoever reads logs shall not learn a token. */
function missing(preset: string, what: string): void {
  diag.warn(`tallyspan: ${preset} has no ${what}; the receiver will refuse what is sent`);
}

function needed(preset: string, what: string, value: string | undefined): string {
  if (value === undefined) missing(preset, what);
  return value ?? '';
}

const withScheme = (address: string): string => (/^https?:\/\//.test(address) ? address : `https://${address}`);
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/**
 * Coralogix. Application and subsystem tell it where data belongs; without them they are `Unknown`.
 * Environment: `CX_TOKEN`, `CX_ENDPOINT` (`ingress.eu2.coralogix.com:443`), `CX_APPLICATION_NAME`, `CX_SUBSYSTEM_NAME`.
 * Source: Coralogix documentation, "OpenTelemetry custom traces".
 */
export function coralogix(
  given: { token?: string; endpoint?: string; applicationName?: string; subsystemName?: string } = {},
): Preset {
  const token = needed('coralogix', 'token (CX_TOKEN)', setting(given.token, 'CX_TOKEN'));
  const endpoint = setting(given.endpoint, 'CX_ENDPOINT');
  const application = setting(given.applicationName, 'CX_APPLICATION_NAME');
  const subsystem = setting(given.subsystemName, 'CX_SUBSYSTEM_NAME');
  if (application === undefined || subsystem === undefined)
    diag.warn('tallyspan: coralogix is given no application or subsystem name; it is called Unknown there');
  return {
    endpoint: withScheme(needed('coralogix', 'endpoint (CX_ENDPOINT)', endpoint) || 'ingress.coralogix.com:443'),
    headers: {
      authorization: `Bearer ${token}`,
      'cx-application-name': application ?? 'Unknown',
      'cx-subsystem-name': subsystem ?? 'Unknown',
    },
    resource: { 'cx.application.name': application ?? 'Unknown', 'cx.subsystem.name': subsystem ?? 'Unknown' },
  };
}

/**
 * Grafana Cloud's OTLP gateway. Environment: `GRAFANA_CLOUD_OTLP_ENDPOINT` (`https://otlp-gateway-prod-eu-west-2.grafana.net/otlp`),
 * `GRAFANA_CLOUD_INSTANCE_ID`, `GRAFANA_CLOUD_API_KEY`. Source: Grafana Cloud documentation, "Send data using OpenTelemetry Protocol".
 */
export function grafanaCloud(given: { endpoint?: string; instanceId?: string; token?: string } = {}): Preset {
  const endpoint = setting(given.endpoint, 'GRAFANA_CLOUD_OTLP_ENDPOINT');
  const instance = setting(given.instanceId, 'GRAFANA_CLOUD_INSTANCE_ID');
  const token = setting(given.token, 'GRAFANA_CLOUD_API_KEY');
  return {
    endpoint: needed('grafanaCloud', 'endpoint (GRAFANA_CLOUD_OTLP_ENDPOINT)', endpoint),
    headers: {
      authorization: basic(
        needed('grafanaCloud', 'instance id (GRAFANA_CLOUD_INSTANCE_ID)', instance),
        needed('grafanaCloud', 'token (GRAFANA_CLOUD_API_KEY)', token),
      ),
    },
  };
}

/** Honeycomb. Environment: `HONEYCOMB_API_KEY`, `HONEYCOMB_API_ENDPOINT`. Source: Honeycomb documentation, "Send data with OpenTelemetry". */
export function honeycomb(given: { apiKey?: string; endpoint?: string; dataset?: string } = {}): Preset {
  const dataset = setting(given.dataset, 'HONEYCOMB_DATASET');
  return {
    endpoint: setting(given.endpoint, 'HONEYCOMB_API_ENDPOINT') ?? 'https://api.honeycomb.io',
    headers: {
      'x-honeycomb-team': needed(
        'honeycomb',
        'API key (HONEYCOMB_API_KEY)',
        setting(given.apiKey, 'HONEYCOMB_API_KEY'),
      ),
      ...(dataset !== undefined && { 'x-honeycomb-dataset': dataset }),
    },
  };
}

/**
 * Datadog LLM Observability, which reads the conventions from 1.37 on. Environment: `DD_API_KEY`, `DD_SITE` (`datadoghq.eu`).
 * Source: Datadog documentation, "OpenTelemetry instrumentation" of LLM Observability.
 */
export function datadog(given: { apiKey?: string; site?: string; endpoint?: string } = {}): Preset {
  const site = setting(given.site, 'DD_SITE') ?? 'datadoghq.com';
  return {
    endpoint: given.endpoint ?? `https://otlp.${site}`,
    headers: {
      'dd-api-key': needed('datadog', 'API key (DD_API_KEY)', setting(given.apiKey, 'DD_API_KEY')),
      'dd-otlp-source': 'llmobs',
    },
    semconv: '1.41',
  };
}

/** New Relic. Environment: `NEW_RELIC_LICENSE_KEY`. `region: 'eu'` for accounts there. Source: New Relic documentation, "OTLP endpoint". */
export function newRelic(given: { licenseKey?: string; region?: 'us' | 'eu'; endpoint?: string } = {}): Preset {
  const host = given.region === 'eu' ? 'otlp.eu01.nr-data.net' : 'otlp.nr-data.net';
  const key = setting(given.licenseKey, 'NEW_RELIC_LICENSE_KEY');
  return {
    endpoint: given.endpoint ?? `https://${host}`,
    headers: { 'api-key': needed('newRelic', 'license key (NEW_RELIC_LICENSE_KEY)', key) },
  };
}

/**
 * Langfuse, cloud or your own. Environment: `LANGFUSE_PUBLIC_KEY`, `LANGFUSE_SECRET_KEY`, `LANGFUSE_BASE_URL`.
 * Source: Langfuse documentation, "OpenTelemetry".
 */
export function langfuse(given: { publicKey?: string; secretKey?: string; baseUrl?: string } = {}): Preset {
  const url = setting(given.baseUrl, 'LANGFUSE_BASE_URL', 'LANGFUSE_HOST') ?? 'https://cloud.langfuse.com';
  return {
    endpoint: `${url.replace(/\/+$/, '')}/api/public/otel`,
    headers: {
      authorization: basic(
        needed('langfuse', 'public key (LANGFUSE_PUBLIC_KEY)', setting(given.publicKey, 'LANGFUSE_PUBLIC_KEY')),
        needed('langfuse', 'secret key (LANGFUSE_SECRET_KEY)', setting(given.secretKey, 'LANGFUSE_SECRET_KEY')),
      ),
    },
  };
}

/**
 * Arize Phoenix, cloud or your own; it reads OpenInference names. Environment: `PHOENIX_COLLECTOR_ENDPOINT`, `PHOENIX_API_KEY`,
 * `PHOENIX_PROJECT_NAME`. Source: Phoenix documentation, "Setup using base OTEL".
 */
export function phoenix(given: { endpoint?: string; apiKey?: string; project?: string } = {}): Preset {
  const key = setting(given.apiKey, 'PHOENIX_API_KEY');
  const project = setting(given.project, 'PHOENIX_PROJECT_NAME');
  return {
    endpoint: setting(given.endpoint, 'PHOENIX_COLLECTOR_ENDPOINT') ?? 'http://localhost:6006',
    ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
    ...(project !== undefined && { resource: { 'openinference.project.name': project } }),
    dialects: ['openinference', 'otel'],
  };
}
