import { describe, expect, it } from 'vitest';
import { contentFromEnvironment, pairs, resource, serverUrl, target } from './environment.ts';

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

  it('COST-19 an endpoint in code says by its scheme whether it is spoken to over HTTP or gRPC', () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(target('traces', { endpoint: 'http://b:2' }, env)).toMatchObject({ url: new URL('http://b:2/v1/traces') });
    expect(target('traces', { endpoint: 'http://b:2' }, env)?.rpc).toBeUndefined();
    for (const [endpoint, origin] of [
      ['grpc://b:4317', 'http://b:4317'],
      ['GRPCS://b:443/ignored/path', 'https://b'],
    ] as const)
      expect(target('traces', { endpoint }, {})).toMatchObject({
        url: new URL('/opentelemetry.proto.collector.trace.v1.TraceService/Export', origin),
        rpc: true,
      });
  });

  it.each([
    [{ PROTOCOL: 'grpc' }, 'http://127.0.0.1:4317', true],
    [{ PROTOCOL: 'grpc', ENDPOINT: 'https://c:4317' }, 'https://c:4317', true],
    [{ PROTOCOL: 'grpc', ENDPOINT: 'c:4317' }, 'https://c:4317', true],
    [{ PROTOCOL: 'grpc', ENDPOINT: 'c:4317', INSECURE: 'true' }, 'http://c:4317', true],
    [{ PROTOCOL: 'http/protobuf', TRACES_PROTOCOL: 'grpc', TRACES_ENDPOINT: 'http://t:1' }, 'http://t:1', true],
    [{ PROTOCOL: 'grpc', TRACES_PROTOCOL: 'http/protobuf', ENDPOINT: 'http://c:4318' }, 'http://c:4318', false],
    [{ PROTOCOL: 'http/json' }, 'http://127.0.0.1:4318', false],
    [{ PROTOCOL: '' }, 'http://127.0.0.1:4318', false],
  ])('COST-19 OTEL_EXPORTER_OTLP_… %o is %s (gRPC: %s)', (set, origin, rpc) => {
    const env = Object.fromEntries(Object.entries(set).map(([name, value]) => [`OTEL_EXPORTER_OTLP_${name}`, value]));
    const to = target('traces', {}, env)!;
    expect([to.url.origin, to.rpc ?? false]).toEqual([origin, rpc]);
    expect(to.url.pathname).toBe(rpc ? '/opentelemetry.proto.collector.trace.v1.TraceService/Export' : '/v1/traces');
  });

  it('a file of certificates that is not there is left out', () => {
    const to = target('traces', {}, { OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file.pem' })!;
    expect(to.tls).toBeUndefined();
  });

  it('the HTTP API of a server is found beside its gRPC door, at the usual ports only', () => {
    const at = (endpoint: string) => serverUrl(target('traces', { endpoint }, {})!, '/api/v1')?.href;
    expect(at('https://host/base/')).toBe('https://host/base/api/v1');
    expect(at('grpcs://host:4317')).toBe('https://host:4318/api/v1');
    expect(at('grpcs://host')).toBeUndefined();
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
