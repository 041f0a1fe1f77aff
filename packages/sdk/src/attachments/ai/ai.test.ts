import { createOpenAI } from '@ai-sdk/openai';
import * as ai from 'ai';
import OpenAI from 'openai';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aiScenes, type Heard } from '../../../test/ai-scenes.ts';
import { clientModel } from '../../../test/client-model.ts';
import { CANARY, collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { modelCalls, names, outcome, parentOf } from '../../../test/owner.ts';
import { openai as openaiAdapter } from '../../adapters/openai/openai.ts';
import { agent } from '../../agent.ts';
import { instrument, middleware, telemetry } from '../../ai.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { unwatch, watch } from '../../watch.ts';

const h = harness();
type LanguageModelV4 = ReturnType<ReturnType<typeof createOpenAI>['chat']>;
const provider = () => createOpenAI({ apiKey: 'k', baseURL: h.fake.openaiBaseUrl });
const chat = () => provider().chat('gpt-4o');
const library: object = ai;

beforeAll(() => {
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
});
afterEach(() => {
  unwatch(library);
  delete (globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }).AI_SDK_TELEMETRY_INTEGRATIONS;
});

const search = (execute: () => Promise<unknown> = async () => 'found') => ({
  search: ai.tool({ inputSchema: z.object({ q: z.string() }), execute: execute as () => Promise<string> }),
});
const usesATool = () => h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: 'x' } }] });

describe('AI SDK 7: what is recorded', () => {
  it('a model call says its provider, model, tokens, cost and why it stopped', async () => {
    watch(library);
    h.fake.enqueue({
      usage: { input: 120, output: 30, cacheRead: 64, reasoning: 10 },
      id: 'chatcmpl-ai1',
      finish: 'length',
    });
    await ai.generateText({ model: chat(), prompt: 'hi', temperature: 0.2, maxOutputTokens: 50, seed: 7 });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'openai.api.type': 'chat_completions',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.max_tokens': 50,
      'gen_ai.request.seed': 7,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-ai1',
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.reasoning.output_tokens': 10,
      'tally.cost.source': 'computed',
    });
  });

  it('a stream says when its first chunk came and all of its tokens', async () => {
    watch(library);
    await collect(ai.streamText({ model: provider()('gpt-4o'), prompt: 'hi' }).textStream);
    const { attributes } = await h.span();
    expect(attributes).toMatchObject({ 'gen_ai.request.stream': true, 'openai.api.type': 'responses' });
    expect(attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
  });

  it('COST-16 functionId is the role; with tools it is an agent with steps, tools and what they call', async () => {
    watch(library);
    usesATool();
    const inner = () => ai.generateText({ model: provider().chat('gpt-4o-mini'), prompt: 'inner' });
    const result = ai.streamText({
      model: chat(),
      prompt: 'hi',
      stopWhen: ai.stepCountIs(3),
      telemetry: { functionId: 'researcher' },
      tools: search(async () => (await inner()).text),
    });
    await collect(result.textStream);
    await expect.poll(async () => (await h.spans()).length).toBe(7);
    const spans = await h.spans();
    expect(names(spans)).toEqual([
      'agent_step',
      'agent_step',
      'chat gpt-4o',
      'chat gpt-4o',
      'chat gpt-4o-mini',
      'execute_tool search',
      'invoke_agent researcher',
    ]);
    for (const { attributes } of spans)
      expect([attributes['tally.role'], attributes['gen_ai.agent.name']]).toEqual(['researcher', 'researcher']);
    expect(
      parentOf(
        spans.find(({ name }) => name === 'chat gpt-4o-mini')!,
        spans,
      )!.name,
    ).toBe('execute_tool search');
    expect(spans.filter(({ attributes }) => attributes['gen_ai.usage.input_tokens'] !== undefined)).toHaveLength(3);
  });

  it('an agent of ours around keeps its name, tenant and run', async () => {
    watch(library);
    const loop = new ai.ToolLoopAgent({ model: chat(), tools: search(), telemetry: { functionId: 'helper' } });
    usesATool();
    await agent({ name: 'analyst', tenant: 'acme' }, () => loop.generate({ prompt: 'hi' }))();
    const spans = await h.spans();
    const run = spans.find(({ name, parentSpanId }) => name === 'invoke_agent analyst' && parentSpanId === '')!.spanId;
    expect(modelCalls(spans)).toHaveLength(2);
    for (const { attributes } of modelCalls(spans))
      expect(attributes).toMatchObject({
        'gen_ai.agent.name': 'analyst',
        'tally.role': 'helper',
        'tally.tenant': 'acme',
        'tally.run.id': run,
      });
  });

  it('embeddings and reranking are calls of their own, one for each request', async () => {
    watch(library);
    const model = provider().embedding('text-embedding-3-small');
    await ai.embed({ model, value: 'a' });
    Object.defineProperty(model, 'maxEmbeddingsPerCall', { value: 2 });
    await ai.embedMany({ model, values: ['a', 'b', 'c'] });
    const spans = await h.spans();
    expect(names(spans)).toEqual(Array(3).fill('embeddings text-embedding-3-small'));
    for (const { attributes } of spans) expect(attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
    const reranker = {
      specificationVersion: 'v4' as const,
      provider: 'cohere.reranking',
      modelId: 'rerank-v3.5',
      doRerank: async () => ({ ranking: [{ index: 0, relevanceScore: 1 }] }),
    };
    await ai.rerank({ model: reranker as never, documents: ['a', 'b'], query: 'q', topN: 1 });
    expect((await h.spans()).at(-1)!.attributes).toMatchObject({
      'gen_ai.operation.name': 'rerank',
      'gen_ai.provider.name': 'cohere',
      'tally.rerank.documents': 2,
    });
  });

  it('objects, by either way of asking, are one call', async () => {
    watch(library);
    const schema = z.object({ city: z.string() });
    h.fake.respond(() => ({ text: '{"city":"Bern"}' }));
    await ai.generateText({ model: chat(), prompt: 'hi', output: ai.Output.object({ schema }) });
    await ai.generateObject({ model: chat(), prompt: 'hi', schema });
    await collect(ai.streamObject({ model: chat(), prompt: 'hi', schema }).partialObjectStream);
    h.fake.respond(undefined);
    const spans = await h.spans();
    expect(names(spans)).toEqual(['chat gpt-4o', 'chat gpt-4o', 'chat gpt-4o']);
    for (const { attributes } of spans) expect(attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
  });

  it('telemetry that is switched off for a call records nothing; one that keeps its results for itself still tells its tokens', async () => {
    watch(library);
    await ai.generateText({ model: chat(), prompt: 'hi', telemetry: { isEnabled: false } });
    expect(await h.spans()).toEqual([]);
    await ai.generateText({ model: chat(), prompt: 'hi', telemetry: { recordInputs: false, recordOutputs: false } });
    expect((await h.span()).attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
  });

  it("integrations of the call's own take the place of all others, and the call is recorded all the same", async () => {
    watch(library);
    const model = provider().embedding('text-embedding-3-small');
    await ai.generateText({ model: chat(), prompt: 'hi', telemetry: { integrations: [{}], functionId: 'mine' } });
    await ai.embed({ model, value: 'a', telemetry: { integrations: [{}] } });
    await collect(ai.streamText({ model: chat(), prompt: 'hi', telemetry: { integrations: [{}] } }).textStream);
    const calls = modelCalls(await h.spans());
    expect(calls.map(({ name }) => name)).toEqual(['chat gpt-4o', 'embeddings text-embedding-3-small', 'chat gpt-4o']);
    expect(calls[0]!.attributes['tally.role']).toBe('mine');
    for (const { attributes } of calls) expect(attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
  });

  it('LLM-07 no byte of content leaves while content is off; with content on, messages, arguments and results are there', async () => {
    watch(library);
    const from = h.sink.bytes().length;
    const run = () => {
      h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: CANARY } }] });
      h.fake.enqueue({ text: CANARY });
      const tools = search(async () => CANARY);
      return ai.generateText({
        model: chat(),
        instructions: CANARY,
        prompt: CANARY,
        tools,
        stopWhen: ai.stepCountIs(2),
      });
    };
    await run();
    h.fake.enqueue({ status: 400, body: { error: { message: `bad ${CANARY}` } } });
    await expect(ai.generateText({ model: chat(), prompt: CANARY, maxRetries: 0 })).rejects.toThrow('bad');
    expect(await h.spans()).toHaveLength(7);
    expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
    h.init({ captureContent: true });
    await run();
    h.fake.enqueue({ text: CANARY });
    await collect(ai.streamText({ model: chat(), prompt: CANARY }).textStream);
    const spans = (await h.spans()).slice(7);
    const tool = spans.find(({ name }) => name === 'execute_tool search')!.attributes;
    expect(tool['gen_ai.tool.call.arguments']).toBe(JSON.stringify({ q: CANARY }));
    expect(tool['gen_ai.tool.call.result']).toBe(JSON.stringify(CANARY));
    const said = modelCalls(spans).map(({ attributes }) => attributes['gen_ai.output.messages'] as string);
    expect(said.map((each) => JSON.parse(each) as unknown)).toEqual([
      [
        {
          role: 'assistant',
          finish_reason: 'tool_calls',
          parts: [{ type: 'tool_call', id: expect.any(String), name: 'search', arguments: { q: CANARY } }],
        },
      ],
      [{ role: 'assistant', finish_reason: 'stop', parts: [{ type: 'text', content: CANARY }] }],
      [{ role: 'assistant', finish_reason: 'stop', parts: [{ type: 'text', content: CANARY }] }],
    ]);
  });

  it('LLM-52 forty runs at once never mix', async () => {
    watch(library);
    const one = (name: string) =>
      agent({ name: 'a', tenant: name }, async () => {
        const result = ai.streamText({ model: chat(), prompt: 'hi', telemetry: { functionId: `role-${name}` } });
        await Promise.all([
          collect(result.textStream),
          ai.generateText({ model: chat(), prompt: 'hi', telemetry: { functionId: `role-${name}` } }),
        ]);
      })();
    await Promise.all(Array.from({ length: 40 }, (_, index) => one(`t${index}`)));
    const calls = modelCalls(await h.spans());
    expect(calls).toHaveLength(80);
    for (const { attributes } of calls) expect(attributes['tally.role']).toBe(`role-${attributes['tally.tenant']}`);
  });

  it('instrument() hears the AI SDK without meeting it, once however often it is called, until it is stopped', async () => {
    const stop = instrument();
    instrument();
    watch(library);
    await ai.generateText({ model: chat(), prompt: 'hi' });
    await h.span();
    stop();
    await ai.generateText({ model: chat(), prompt: 'hi' });
    await h.span();
  });

  it('unwatch leaves nothing behind', async () => {
    watch(library);
    unwatch(library);
    await ai.generateText({ model: chat(), prompt: 'hi' });
    expect(await h.spans()).toEqual([]);
    expect((globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }).AI_SDK_TELEMETRY_INTEGRATIONS).toBe(undefined);
  });
});

const ways: [string, (model: LanguageModelV4) => Heard<LanguageModelV4>][] = [
  ['watch(ai)', (model) => (watch(library), { model, more: {} })],
  ['registerTelemetry', (model) => (ai.registerTelemetry(telemetry()), { model, more: {} })],
  ['integrations of the call', (model) => ({ model, more: { telemetry: { integrations: [telemetry()] } } })],
  ['watch(model)', (model) => ({ model: watch(model), more: {} })],
  [
    'middleware',
    (model) => ({
      model: ai.wrapLanguageModel({ model, middleware: middleware() }) as LanguageModelV4,
      more: {},
    }),
  ],
  [
    'all of them',
    (model) => {
      watch(library);
      ai.registerTelemetry(telemetry());
      return {
        model: ai.wrapLanguageModel({ model: watch(model), middleware: middleware() }) as LanguageModelV4,
        more: {},
      };
    },
  ],
];

const client = () => new OpenAI({ apiKey: 'k', baseURL: h.fake.openaiBaseUrl, maxRetries: 0 });
const nothing = () => {};

const insides: [string, () => { model: LanguageModelV4; undo(): void }][] = [
  ['nothing', () => ({ model: chat() as LanguageModelV4, undo: nothing })],
  ['a client', () => ({ model: clientModel(client()), undo: nothing })],
  ['a watched client', () => ({ model: clientModel(watch(client())), undo: nothing })],
  [
    'the class door',
    () => {
      const instrumentor = new Instrumentor(openaiAdapter).instrument({ module: OpenAI });
      return { model: clientModel(client()), undo: () => void instrumentor.uninstrument() };
    },
  ],
];

const scenes = aiScenes<LanguageModelV4>(h, ai);

describe.each(ways)('LLM-03 AI SDK 7: one owner per model call, heard by %s', (_way, listen) => {
  describe.each(insides)('with %s inside', (inside, prepare) => {
    it.each(scenes.map((scene) => [scene.name, scene] as const))(
      '%s: one span each, and nothing differs',
      async (name, scene) => {
        // A client's error is not one that the AI SDK tries again.
        const fromClient = inside !== 'nothing' && name === 'a retry';
        const bareModel = prepare();
        bareModel.undo();
        unwatch(library);
        const bare = await outcome(() =>
          scene.run({ model: inside === 'nothing' ? bareModel.model : clientModel(client()), more: {} }),
        );
        await h.spans();
        const from = (await h.spans()).length;
        const { model, undo } = prepare();
        try {
          expect(await outcome(() => scene.run(listen(model)))).toEqual(bare);
          const calls = fromClient ? 1 : (scene.calls ?? 1);
          await expect.poll(async () => modelCalls(await h.spans()).length - from, { timeout: 5000 }).toBe(calls);
        } finally {
          undo();
        }
        const spans = (await h.spans()).slice(from);
        expect(modelCalls(spans).filter(({ failed }) => failed)).toHaveLength(scene.failed ?? 0);
        for (const { attributes } of modelCalls(spans)) expect(attributes['gen_ai.request.model']).toBe('gpt-4o');
      },
    );
  });
});
