/** The stock OpenTelemetry exporters and serializers, against the real server. */
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JSON_TYPE, PROTOBUF, send } from '../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../test/start-test-server.ts';
import type { Trace } from './api.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const resource = resourceFromAttributes({ 'service.name': 'newsroom', 'process.pid': 42 });

const began = Date.now();
const at = (ms: number) => new Date(began + ms);

/** An agent that calls a model, which fails. */
function work(provider: TracerProvider): string {
  const tracer = provider.getTracer('exporters.test', '1.2.3');
  const agent = tracer.startSpan('invoke_agent crew', {
    startTime: at(0),
    attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'crew' },
  });
  const call: Span = tracer.startSpan(
    'chat gpt-4o',
    { startTime: at(1), kind: SpanKind.CLIENT, links: [{ context: agent.spanContext(), attributes: { why: 'test' } }] },
    trace.setSpan(ROOT_CONTEXT, agent),
  );
  call.setAttributes({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'gen_ai.usage.input_tokens': 1_000,
    'gen_ai.usage.output_tokens': 100,
    'gen_ai.response.finish_reasons': ['stop'],
    ratio: 0.5,
    flag: true,
    list: [1, 2, 3],
    text: 'naïve – 日本 😀',
  });
  call.addEvent('first token', { n: 1 });
  call.setStatus({ code: SpanStatusCode.ERROR, message: 'rate limited' });
  call.end(at(2));
  agent.end(at(3));
  return agent.spanContext().traceId;
}

const expected = {
  summary: {
    name: 'invoke_agent crew',
    agent: 'crew',
    spans: 2,
    calls: 1,
    errors: 1,
    inputTokens: 1_000,
    outputTokens: 100,
    costUsd: '0.0035',
  },
  spans: [
    { name: 'invoke_agent crew', kind: 'internal', operation: 'invoke_agent', parentSpanId: null },
    {
      name: 'chat gpt-4o',
      kind: 'client',
      provider: 'openai',
      model: 'gpt-4o-2024-08-06',
      status: 'error',
      statusMessage: 'rate limited',
      finishReasons: ['stop'],
      attributes: { ratio: 0.5, flag: true, list: [1, 2, 3], text: 'naïve – 日本 😀' },
      resource: { 'service.name': 'newsroom', 'process.pid': 42 },
      scope: { name: 'exporters.test', version: '1.2.3' },
      events: [{ name: 'first token', attributes: { n: 1 } }],
      links: [{ attributes: { why: 'test' } }],
    },
  ],
};

const traceOf = (traceId: string) =>
  eventually(async () => {
    const response = await fetch(`${server.url}/api/v1/traces/${traceId}`);
    const found = response.ok ? ((await response.json()) as Trace) : undefined;
    return found?.spans.length === 2 ? found : undefined;
  }, `trace ${traceId}`);

it.each(['none', 'gzip'])('the protobuf exporter with compression %s delivers everything', async (compression) => {
  const exporter = new OTLPTraceExporter({ url: `${server.url}/v1/traces`, compression: compression as never });
  const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const traceId = work(provider);
  await provider.forceFlush();
  await provider.shutdown();
  expect(await traceOf(traceId)).toMatchObject(expected);
});

it.each([
  ['protobuf', ProtobufTraceSerializer, PROTOBUF],
  ['JSON', JsonTraceSerializer, JSON_TYPE],
] as const)(
  'a body of the %s serializer is understood, and its answer is understood by it',
  async (_, serializer, headers) => {
    const memory = new InMemorySpanExporter();
    const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
    const traceId = work(provider);
    const spans: ReadableSpan[] = memory.getFinishedSpans();
    const sent = await send(`${server.url}/v1/traces`, { headers, body: serializer.serializeRequest(spans)! });
    expect(sent.status).toBe(200);
    expect(serializer.deserializeResponse(sent.body)).toEqual({});
    expect(await traceOf(traceId)).toMatchObject(expected);
  },
);
