export { collectorConfig, collectorFile, defaultOptions, type CollectorOptions } from './collector.ts';
export { toYaml, type Yaml } from './yaml.ts';
