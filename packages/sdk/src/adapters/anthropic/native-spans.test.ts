import * as module1 from '@anthropic-ai/sdk';
import { context, isSpanContextValid, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import * as module0 from 'anthropic-0';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { agent } from '../../agent.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { observe } from '../../observe.ts';
import { unwatch, watch } from '../../watch.ts';
import { anthropic } from './anthropic.ts';
import { ended, results } from './fixtures/batch.ts';

const h = harness();
const exported = new InMemorySpanExporter();
const body = {
  model: 'claude-sonnet-4-20250514',
  max_tokens: 16,
  messages: [{ role: 'user' as const, content: 'Hi.' }],
};
/** What the application's provider got, by name: the spans that the library makes by itself. */
const native = () => exported.getFinishedSpans().map(({ name }) => name);

/** The property that the library keeps its tracer in. */
const tracerOf = (client: object) => (client as { _tracer?: unknown })._tracer;

/** Trace context as the W3C has it, as far as it is needed here. */
const traceparent: TextMapPropagator = {
  inject(from, carrier, setter) {
    const span = trace.getSpanContext(from);
    if (span && isSpanContextValid(span))
      setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`);
  },
  extract: (from) => from,
  fields: () => ['traceparent'],
};

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(traceparent);
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: exported })] }),
  );
});
beforeEach(() => exported.reset());
afterAll(() => {
  trace.disable();
  propagation.disable();
  context.disable();
});

describe.each([
  ['@anthropic-ai/sdk 1', module1],
  ['@anthropic-ai/sdk 0.137', module0 as unknown as typeof module1],
])('%s traces itself when a tracer provider is registered', (_, module) => {
  const make = () => new module.Anthropic({ apiKey: 'k', baseURL: h.fake.anthropicBaseUrl, maxRetries: 0 });
  const find = {
    type: 'custom' as const,
    name: 'find',
    description: 'Finds.',
    input_schema: { type: 'object' as const, properties: {} },
    parse: (input: unknown) => input,
    run: () => 'found',
  };

  it('a bare client gives its own span', async () => {
    await make().messages.create(body);
    await make().messages.stream(body).finalMessage();
    expect(native()).toEqual(['anthropic.messages.create', 'anthropic.messages.create']);
    expect(await h.spans()).toEqual([]);
  });

  describe.each([
    ['watch', () => ({ client: watch(make()), close() {} })],
    ['observe', () => ({ client: observe(make()), close() {} })],
    [
      'class',
      () => {
        const instrumentor = new Instrumentor(anthropic).instrument({ module });
        return { client: make(), close: () => void instrumentor.uninstrument() };
      },
    ],
  ])('%s', (_door, open) => {
    it.each([
      ['create', (client: module1.Anthropic) => client.messages.create(body)],
      [
        'a stream',
        async (client: module1.Anthropic) => collect(await client.messages.create({ ...body, stream: true })),
      ],
      ['messages.stream', async (client: module1.Anthropic) => client.messages.stream(body).finalMessage()],
      ['messages.parse', async (client: module1.Anthropic) => client.messages.parse(body)],
      ['beta.messages.create', async (client: module1.Anthropic) => client.beta.messages.create(body)],
      ['beta.messages.stream', async (client: module1.Anthropic) => client.beta.messages.stream(body).finalMessage()],
      [
        'withOptions',
        async (client: module1.Anthropic) => client.withOptions({ timeout: 9_000 }).messages.create(body),
      ],
    ])('LLM-15 one call is one span, ours, with identity and cost: %s', async (_call, call) => {
      const { client, close } = open();
      await agent({ name: 'analyst', tenant: 'acme' }, async () => call(client))();
      close();
      const spans = await h.spans();
      expect(spans.map(({ name }) => name).toSorted()).toEqual([
        'chat claude-sonnet-4-20250514',
        'invoke_agent analyst',
      ]);
      const span = spans.find(({ name }) => name.startsWith('chat'))!;
      expect(span.attributes).toMatchObject({ 'gen_ai.agent.name': 'analyst', 'tally.tenant': 'acme' });
      expect(span.attributes['tally.cost.usd']).toBeGreaterThan(0);
      expect(native()).toEqual([]);
      // The library still tells the far end which span it works under: now it is ours.
      expect(h.fake.requests.at(-1)!.headers.traceparent).toBe(`00-${span.traceId}-${span.spanId}-01`);
    });

    it('a refused call is one span', async () => {
      h.fake.enqueue({ error: 'overloaded' });
      const { client, close } = open();
      await expect(client.messages.create(body)).rejects.toThrow('overloaded');
      close();
      expect((await h.span()).failed).toBe(true);
      expect(native()).toEqual([]);
    });

    it('a loop over tools keeps the library’s spans of the loop and of each tool, and each model call is one', async () => {
      h.fake.enqueue({ toolCalls: [{ name: 'find', arguments: {} }] }, {});
      const { client, close } = open();
      await client.beta.messages.toolRunner({ ...body, tools: [find] });
      close();
      expect((await h.spans()).map(({ name }) => name)).toEqual(Array(2).fill('chat claude-sonnet-4-20250514'));
      expect(native().toSorted()).toEqual(['anthropic.custom_tool_use find', 'anthropic.messages.tool_runner']);
    });

    it('what we do not record keeps the library’s span', async () => {
      const { client, close } = open();
      await client.messages.countTokens({ model: body.model, messages: body.messages });
      close();
      expect(native()).toEqual(['anthropic.messages.count_tokens']);
      expect(await h.spans()).toEqual([]);
    });
  });

  it('the results of a batch are not doubled either', async () => {
    const id = `msgbatch_${Math.random()}`;
    h.fake.enqueue(ended(h.fake.url, id), results);
    await collect(await watch(make()).messages.batches.results(id));
    expect(native()).toEqual([]);
    expect((await h.spans()).map(({ name }) => name)).toEqual([
      'batch',
      'chat claude-sonnet-4-20250514',
      'chat claude-3-5-haiku-20241022',
    ]);
  });

  it('INF-36 unwatch gives the library’s spans back', async () => {
    const client = make();
    const before = tracerOf(client);
    watch(client);
    expect(Object.keys(client)).toEqual(Object.keys(make()));
    await unwatch(client).messages.create(body);
    expect(tracerOf(client)).toBe(before);
    expect(native()).toEqual(['anthropic.messages.create']);
    expect(await h.spans()).toEqual([]);
  });

  it('INF-35 uninstrument gives the library’s spans back, to clients that were made before as well', async () => {
    const instrumentor = new Instrumentor(anthropic).instrument({ module });
    const client = make();
    await client.messages.create(body);
    expect(native()).toEqual([]);
    instrumentor.uninstrument();
    await client.messages.create(body);
    await client.messages.stream(body).finalMessage();
    expect(native()).toEqual(['anthropic.messages.create', 'anthropic.messages.create']);
    expect(await h.spans()).toHaveLength(1);
  });

  it('LLM-02 the original of an observed client goes on tracing itself', async () => {
    const client = make();
    const observed = observe(client);
    await observed.messages.create(body);
    await client.messages.create(body);
    await client.messages.stream(body).finalMessage();
    expect(native()).toEqual(['anthropic.messages.create', 'anthropic.messages.create']);
    expect(await h.spans()).toHaveLength(1);
  });

  it('a client whose own tracing is off stays as it is', async () => {
    const options = { apiKey: 'k', baseURL: h.fake.anthropicBaseUrl, openTelemetry: false as const };
    const client = watch(new module.Anthropic(options));
    await client.messages.create(body);
    expect(tracerOf(client)).toBeUndefined();
    expect(await h.spans()).toHaveLength(1);
  });
});
