import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@tallyspan/facts';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { collectorConfig, collectorFile, defaultOptions } from './collector.ts';

it('every component that a pipeline names is configured, and every configured one is in a pipeline', () => {
  const config = collectorConfig();
  for (const kind of ['receivers', 'processors', 'exporters'] as const) {
    const used = Object.values(config.service.pipelines).flatMap((pipeline) => pipeline[kind]);
    expect([...new Set(used)].sort(), kind).toEqual(Object.keys(config[kind]).sort());
  }
});

it('memory is limited before spans are gathered into batches', () => {
  expect(collectorConfig().service.pipelines.traces.processors).toEqual(['memory_limiter', 'batch']);
});

it('requests fit through the door of the server: its size, its time and its compression', () => {
  const { receivers, exporters } = collectorConfig();
  expect(receivers.otlp.protocols.http.max_request_body_size).toBe(limits.bodyBytesMax);
  expect(exporters['otlphttp/tallyspan']).toMatchObject({
    compression: 'gzip',
    timeout: `${limits.requestTimeoutMs}ms`,
  });
});

it('the Collector listens beside Tallyspan, not in its place', () => {
  const { receivers, exporters } = collectorConfig();
  const { grpc, http } = receivers.otlp.protocols;
  expect([grpc.endpoint, http.endpoint].filter((endpoint) => /:431[78]$/.test(endpoint))).toEqual([]);
  expect(exporters['otlphttp/tallyspan'].endpoint).toContain(':4318');
});

it('hosts and ports can be others', () => {
  const file = collectorFile({ host: '10.0.0.1', grpcPort: 1, httpPort: 2, tallyspanUrl: 'https://tally.example' });
  expect(parse(file)).toMatchObject({
    receivers: { otlp: { protocols: { grpc: { endpoint: '10.0.0.1:1' }, http: { endpoint: '10.0.0.1:2' } } } },
    exporters: { 'otlphttp/tallyspan': { endpoint: 'https://tally.example' } },
  });
});

it('the file in deploy/ is the configuration, as any YAML reader sees it', () => {
  const committed = readFileSync(join(import.meta.dirname, '../../../deploy/otel-collector.yaml'), 'utf8');
  expect(parse(committed)).toEqual(collectorConfig(defaultOptions));
});
