/** Ways to install the chart that are rendered and validated. */
import { chartValues, type Values } from './render-chart.ts';

/** Values that differ from those of the chart, as `helm install --values` takes them. */
export type Given = Record<string, unknown>;

const everything: Given = {
  clickhouse: { enabled: true },
  autoscaling: { enabled: true },
  serviceMonitor: { enabled: true },
  spire: { enabled: true },
};

export const chartCases: Record<string, Given> = {
  plain: {},
  everything,
  'several servers on one ClickHouse': { replicas: 3, clickhouse: { enabled: true } },
  'without a network policy, on a class of disks': {
    networkPolicy: { enabled: false },
    persistence: { size: '1Ti', storageClassName: 'fast' },
  },
  'SPIRE with options of its own': {
    spire: { enabled: true, csiDriver: 'csi.example.org' },
    extraArgs: ['--svid-audience', 'tallyspan', '--svid-bundle', 'example.org=https://spire.example.org'],
  },
  'resources of another shape': { resources: { limits: { cpu: 2, memory: '4Gi', 'ephemeral-storage': '1Gi' } } },
  'names that YAML would take for something else': {
    adminKeySecret: 'on',
    serviceMonitor: { enabled: true, readKeySecret: '1e3' },
    networkPolicy: { monitoringNamespace: 'null' },
  },
};

export function valuesOf(chart: string, given: Given): Values {
  return merged(chartValues(chart), given);
}

function merged(into: Values, from: Given): Values {
  const all = { ...into };
  for (const [key, value] of Object.entries(from))
    all[key] = isObject(value) && isObject(all[key]) ? merged(all[key], value) : value;
  return all;
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
