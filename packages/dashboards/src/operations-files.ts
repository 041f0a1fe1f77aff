/** Everything that is made here, as paths and texts; with the defaults it is committed below `deploy/`. */
import { collectorFile } from './collector.ts';
import { buildDashboard } from './grafana/build-dashboard.ts';
import { manifest } from './manifest.ts';
import { boards } from './panels/boards.ts';
import { defaultThresholds, type Thresholds } from './prometheus/alerts.ts';
import { alertRules, recordingRules, ruleTests } from './prometheus/rules.ts';
import { neighbours, prometheusConfig, targetGroups, targetsOf } from './prometheus/scrape.ts';
import { toYaml, type Yaml } from './yaml.ts';

export type Files = Readonly<Record<string, string>>;

export interface OperationsOptions {
  /** From where on alerts call spending, failures and blocks too many. Default {@link defaultThresholds}. */
  thresholds?: Partial<Thresholds>;
}

/** Dashboards, rules, scrape configuration and the Collector's, for any installation: `grafana/…`, `prometheus/…`, `otel-collector.yaml`. */
export function operationsFiles(options: OperationsOptions = {}): Files {
  const thresholds = { ...defaultThresholds, ...options.thresholds };
  const dashboards = boards.flatMap((board) =>
    (['prometheus', 'clickhouse'] as const).map((from) => {
      const dashboard = buildDashboard(board, from);
      return [`grafana/dashboards/${dashboard.uid}.json`, json(dashboard)] as const;
    }),
  );
  const targets = [...targetGroups, ...neighbours].map(
    (group) => [`prometheus/targets/${group.job}.yml`, `# ${group.what}.\n${toYaml(targetsOf(group))}`] as const,
  );
  return {
    ...Object.fromEntries(dashboards),
    'grafana/manifest.json': json(manifest()),
    'prometheus/prometheus.yml': yaml('prometheus/scrape.ts', prometheusConfig()),
    'prometheus/recording.rules.yml': yaml('prometheus/recordings.ts', recordingRules()),
    'prometheus/alerts.rules.yml': yaml('prometheus/alerts.ts', alertRules(thresholds)),
    'prometheus/rules.test.yml': yaml('prometheus/alerts.ts', ruleTests(thresholds)),
    ...Object.fromEntries(targets),
    'otel-collector.yaml': collectorFile(),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function yaml(source: string, value: Yaml): string {
  return `# Generated from packages/dashboards/src/${source} by "npm run generate"; edit that file instead.\n${toYaml(value)}`;
}
