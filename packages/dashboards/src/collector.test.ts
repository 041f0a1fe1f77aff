import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@tallyspan/facts';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { collectorFaults } from '../test/collector-schema.ts';
import { collectorConfig, collectorFile, defaultOptions } from './collector.ts';

it('every component that a pipeline names is configured, and every configured one is in use', () => {
  const { service, ...config } = collectorConfig();
  const pipelines = Object.values(service.pipelines);
  const connectors = Object.keys(config.connectors);
  const used = (kind: 'receivers' | 'processors' | 'exporters') =>
    [...new Set(pipelines.flatMap((each) => each[kind]))].sort();
  expect(used('processors')).toEqual(Object.keys(config.processors).sort());
  expect(used('receivers')).toEqual([...Object.keys(config.receivers), ...connectors].sort());
  expect(used('exporters')).toEqual([...Object.keys(config.exporters), ...connectors].sort());
  expect([...service.extensions].sort()).toEqual(Object.keys(config.extensions).sort());
  for (const exporter of Object.values(config.exporters))
    if ('sending_queue' in exporter) expect(service.extensions).toContain(exporter.sending_queue.storage);
});

it('every setting is one that its component documents, of the kind that it asks for', () => {
  expect(collectorFaults(collectorConfig())).toEqual([]);
});

it('a setting misspelt, a time without a unit and a policy that is none are found', () => {
  const wrong = (change: (config: ReturnType<typeof collectorConfig>) => unknown) => {
    const config = structuredClone(collectorConfig());
    change(config);
    return collectorFaults(config);
  };
  expect(wrong(({ processors }) => Object.assign(processors.batch, { send_batch_max: 1 }))).toEqual([
    '/processors/batch must NOT have additional properties: send_batch_max',
  ]);
  expect(wrong(({ connectors }) => (connectors.spanmetrics.metrics_flush_interval = '15')).join()).toContain(
    '/connectors/spanmetrics/metrics_flush_interval must match pattern',
  );
  expect(
    wrong(({ processors }) => Object.assign(processors.tail_sampling.policies[0]!, { type: 'status' })).length,
  ).toBeGreaterThan(0);
  expect(wrong(({ exporters }) => Object.assign(exporters, { jaeger: {} }))).toEqual([
    '/exporters must NOT have additional properties: jaeger',
  ]);
});

it('memory is limited before anything else, and spans are gathered into batches last', () => {
  for (const { processors } of Object.values(collectorConfig().service.pipelines))
    expect([processors[0], processors.at(-1)]).toEqual(['memory_limiter', 'batch']);
});

it('Tallyspan and the counters get every span: only Jaeger gets a choice', () => {
  const { pipelines } = collectorConfig().service;
  expect(pipelines.traces.exporters).toEqual(['otlphttp/tallyspan', 'spanmetrics']);
  for (const { processors, exporters } of Object.values(pipelines))
    expect(processors.includes('tail_sampling')).toBe(exporters.includes('otlp/jaeger'));
});

it('no span leaves without its secrets having been taken out', () => {
  const { pipelines } = collectorConfig().service;
  for (const { processors } of [pipelines.traces, pipelines['traces/kept']])
    expect(processors).toEqual(expect.arrayContaining(['attributes/secrets', 'redaction']));
  const patterns = collectorConfig().processors.redaction.blocked_values.map((pattern) => new RegExp(pattern));
  const body = 'a1B2'.repeat(8);
  const secrets = [`sk-proj-${body}`, `sk-ant-api03-${body}`, `AKIA${'A1'.repeat(8)}`];
  for (const secret of [...secrets, `Bearer ${body}.x`])
    expect(
      patterns.some((pattern) => pattern.test(secret)),
      secret,
    ).toBe(true);
  for (const text of ['gpt-4o-mini', 'task-list of the week', 'bearer of news'])
    expect(
      patterns.some((pattern) => pattern.test(text)),
      text,
    ).toBe(false);
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
