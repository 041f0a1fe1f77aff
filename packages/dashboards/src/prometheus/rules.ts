import type { Yaml } from '../yaml.ts';
import { type Alert, alertsOf, type Thresholds } from './alerts.ts';
import { recordings } from './recordings.ts';

export function recordingRules(): Yaml {
  return { groups: [{ name: 'tallyspan-recordings', interval: '30s', rules: recordings() }] };
}

export function alertRules(thresholds?: Thresholds): Yaml {
  const rules = alertsOf(thresholds).map(({ name, severity, for: lasting, summary, action, ...alert }) => ({
    alert: name,
    expr: expressionOf(alert),
    for: lasting,
    labels: { severity },
    annotations: { summary, action },
  }));
  return { groups: [{ name: 'tallyspan-alerts', rules }] };
}

/** For promtool: each alert with values that make it fire, and with values that do not. */
export function ruleTests(thresholds?: Thresholds): Yaml {
  return {
    rule_files: ['recording.rules.yml', 'alerts.rules.yml'],
    evaluation_interval: '1m',
    tests: alertsOf(thresholds).flatMap(({ name, test }) =>
      (['bad', 'good'] as const).map((side) => ({
        name: `${name} ${side === 'bad' ? 'fires' : 'is quiet'}`,
        interval: '1m',
        input_series: Object.entries(test[side]).map(([series, values]) => ({ series, values })),
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${name}",alertstate="firing"})`,
            eval_time: '20m',
            exp_samples: side === 'bad' ? [{ labels: '{}', value: 1 }] : [],
          },
        ],
      })),
    ),
  };
}

function expressionOf({ when }: Pick<Alert, 'when'>): string {
  return when.map(({ value, is }) => `${when.length > 1 ? `(${value} ${is})` : `${value} ${is}`}`).join(' and ');
}
