export { collectorConfig, collectorFile, defaultOptions, type CollectorOptions } from './collector.ts';
export { operationsFiles, type Files, type OperationsOptions } from './operations-files.ts';
export { alertsOf } from './prometheus/alerts.ts';
export { recordings } from './prometheus/recordings.ts';
export { boards } from './panels/boards.ts';
export type { Board, Panel } from './panels/panel.ts';
export { toYaml, type Yaml } from './yaml.ts';
