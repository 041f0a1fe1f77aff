import { describe, expect, it } from 'vitest';
import { contentFromEnvironment, pairs, resource, target } from './environment.ts';

describe('the OpenTelemetry environment variables', () => {
  it('COST-04 nothing set means the local server', () => {
    expect(target('traces', {}, {})?.url.href).toBe('http://127.0.0.1:4318/v1/traces');
  });

  it('COST-19 an endpoint, its headers and compression go where OpenTelemetry says', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.com/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b,x=1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
    };
    expect(target('traces', {}, env)).toEqual({
      url: new URL('https://otlp.example.com/base/v1/traces'),
      headers: { 'api-key': 'a b', x: '1' },
      timeoutMs: 1500,
      compress: true,
    });
    expect(target('metrics', {}, { ...env, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:1/own' })?.url.href).toBe(
      'http://m:1/own',
    );
  });

  it('an endpoint given in code wins, and one that is no URL exports nothing', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1' };
    expect(target('traces', { endpoint: 'http://b:2' }, env)?.url.host).toBe('b:2');
    expect(target('traces', { endpoint: 'nowhere' }, env)).toBeUndefined();
  });

  it('names the service as OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say', () => {
    expect(
      resource({}, '1', { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,deployment.environment.name=test' }),
    ).toMatchObject({
      'service.name': 'a',
      'deployment.environment.name': 'test',
    });
    expect(
      resource({}, '1', { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' })['service.name'],
    ).toBe('b');
    expect(resource({ serviceName: 'c' }, '1', { OTEL_SERVICE_NAME: 'b' })['service.name']).toBe('c');
  });

  it('skips broken pairs and never touches a prototype', () => {
    expect(pairs('a=1,=2,b,c=%E0%A4%A,__proto__=x')).toEqual({ a: '1' });
  });

  it.each([
    [undefined, false],
    ['', false],
    ['false', false],
    ['NO_CONTENT', false],
    ['true', true],
    ['1', true],
    ['SPAN_ONLY', true],
    ['span_and_event', true],
    ['EVENT_ONLY', false],
    ['yes please', false],
  ])('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=%s means content %s', (value, on) => {
    expect(contentFromEnvironment({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value })).toBe(on);
  });
});
