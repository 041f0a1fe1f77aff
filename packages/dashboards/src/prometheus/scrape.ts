/** Whom Prometheus asks: five groups of targets, and what a platform has beside them. */
import type { Yaml } from '../yaml.ts';
import { AGENTS, SERVER } from '../promql.ts';

export interface TargetGroup {
  /** The label `job`: dashboards and rules go by it. */
  job: string;
  /** What is asked there, for whoever fills in the addresses. */
  what: string;
  /** Where a first installation has them; none: to be filled in. */
  targets: readonly string[];
  path?: string;
  params?: Record<string, Yaml>;
  /** Its targets carry a label that says whose they are. */
  perTenant?: true;
}

/** In the order of the groups; Tallyspan and the Collector are the fifth. */
export const targetGroups: readonly TargetGroup[] = [
  {
    job: AGENTS,
    what: 'Processes of agents that expose what the SDK counts: one entry for each tenant, with its label',
    targets: [],
    perTenant: true,
  },
  {
    job: 'credential-injector',
    what: 'The sidecar that exchanges identities for credentials: exchanges, decisions of OPA',
    targets: [],
  },
  { job: 'gateway', what: 'The MCP gateway: calls of tools, imports', targets: [] },
  {
    job: 'vault',
    what: 'Vault or OpenBao: operations on secrets, encryption',
    targets: [],
    path: '/v1/sys/metrics',
    params: { format: ['prometheus'] },
  },
  { job: 'collector', what: 'The OpenTelemetry Collector about itself', targets: ['collector:8888'] },
  { job: SERVER, what: 'Tallyspan: everything that spans say, and its own health', targets: ['tallyspan:4318'] },
];

/** Shown on the platform overview where there are any. */
export const neighbours: readonly TargetGroup[] = [
  { job: 'envoy', what: 'Envoy proxies that terminate mTLS', targets: [], path: '/stats/prometheus' },
  { job: 'spire', what: 'Servers and agents of SPIRE', targets: [] },
  { job: 'valkey', what: 'The exporter beside the Valkey in which tasks are kept', targets: ['valkey-exporter:9121'] },
];

/**
 * Targets stand in files of their own, so that adding one needs no reload. Of Tallyspan a key for reading is shown, which a file
 * holds: `keysFile`; none asks without, as a server without keys on a loopback address wants it.
 */
export function prometheusConfig(keysFile: string | undefined = '/run/secrets/tallyspan-key'): Yaml {
  return {
    global: { scrape_interval: '15s', evaluation_interval: '30s' },
    rule_files: ['recording.rules.yml', 'alerts.rules.yml'],
    scrape_configs: [...targetGroups, ...neighbours].map(({ job, path, params }) => ({
      job_name: job,
      ...(path !== undefined && { metrics_path: path }),
      ...(params && { params }),
      ...(job === SERVER && keysFile !== undefined && { authorization: { credentials_file: keysFile } }),
      file_sd_configs: [{ files: [`targets/${job}.yml`] }],
    })),
  };
}

export function targetsOf({ targets, perTenant }: TargetGroup): Yaml {
  if (targets.length === 0) return [];
  return [{ targets: [...targets], ...(perTenant && { labels: { tenant: 'default' } }) }];
}
