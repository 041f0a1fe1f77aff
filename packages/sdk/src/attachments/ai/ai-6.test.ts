import * as ai from 'ai-6';
import { createOpenAI } from 'ai-sdk-openai-3';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aiScenes, type Heard } from '../../../test/ai-scenes.ts';
import { CANARY, collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { modelCalls, names, outcome, parentOf } from '../../../test/owner.ts';
import { agent } from '../../agent.ts';
import { middleware, telemetry, tracer } from '../../ai.ts';
import { watch } from '../../watch.ts';

const h = harness();
const provider = () => createOpenAI({ apiKey: 'k', baseURL: h.fake.openaiBaseUrl });
const chat = () => provider().chat('gpt-4o');
const told = (functionId?: string) => ({
  experimental_telemetry: { isEnabled: true, tracer: tracer(), ...(functionId === undefined ? {} : { functionId }) },
});
const search = (execute: () => Promise<string> = async () => 'found') => ({
  search: ai.tool({ inputSchema: z.object({ q: z.string() }), execute }),
});

beforeAll(() => {
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
});

describe('AI SDK 6: what its tracer is told', () => {
  it('a model call says its provider, model, tokens, cost and why it stopped', async () => {
    h.fake.enqueue({
      usage: { input: 120, output: 30, cacheRead: 64, reasoning: 10 },
      id: 'chatcmpl-ai6',
      finish: 'length',
    });
    await ai.generateText({ model: chat(), prompt: 'hi', temperature: 0.2, maxOutputTokens: 50, ...told() });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'openai.api.type': 'chat_completions',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.max_tokens': 50,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-ai6',
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.reasoning.output_tokens': 10,
      'tally.cost.source': 'computed',
    });
  });

  it('COST-16 functionId is the role of the call and its tools', async () => {
    h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: 'x' } }] });
    const inner = () => ai.generateText({ model: provider().chat('gpt-4o-mini'), prompt: 'inner', ...told() });
    const result = ai.streamText({
      model: chat(),
      prompt: 'hi',
      stopWhen: ai.stepCountIs(3),
      tools: search(async () => (await inner()).text),
      ...told('researcher'),
    });
    await collect(result.textStream);
    await expect.poll(async () => (await h.spans()).length).toBe(5);
    const spans = await h.spans();
    expect(names(spans)).toEqual([
      'chat gpt-4o',
      'chat gpt-4o',
      'chat gpt-4o-mini',
      'execute_tool search',
      'role researcher',
    ]);
    for (const { attributes } of spans) expect(attributes['tally.role']).toBe('researcher');
    expect(
      parentOf(
        spans.find(({ name }) => name === 'chat gpt-4o-mini')!,
        spans,
      )!.name,
    ).toBe('execute_tool search');
  });

  it('streams, objects, embeddings and reranking are one call each, with their tokens', async () => {
    const schema = z.object({ city: z.string() });
    await collect(ai.streamText({ model: chat(), prompt: 'hi', ...told() }).textStream);
    h.fake.respond(() => ({ text: '{"city":"Bern"}' }));
    await ai.generateObject({ model: chat(), prompt: 'hi', schema, ...told() });
    await collect(ai.streamObject({ model: chat(), prompt: 'hi', schema, ...told() }).partialObjectStream);
    h.fake.respond(undefined);
    await ai.embedMany({ model: provider().embedding('text-embedding-3-small'), values: ['a', 'b'], ...told() });
    const spans = await h.spans();
    expect(names(spans)).toEqual(['chat gpt-4o', 'chat gpt-4o', 'chat gpt-4o', 'embeddings text-embedding-3-small']);
    for (const { attributes } of spans) expect(attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
    expect(spans[0]!.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
  });

  it('LLM-07 no byte of content leaves while content is off; with content on, messages, arguments and results are there', async () => {
    const from = h.sink.bytes().length;
    const run = () => {
      h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: CANARY } }] });
      h.fake.enqueue({ text: CANARY });
      return ai.generateText({
        model: chat(),
        prompt: CANARY,
        tools: search(async () => CANARY),
        stopWhen: ai.stepCountIs(2),
        ...told('canary'),
      });
    };
    await run();
    h.fake.enqueue({ status: 400, body: { error: { message: `bad ${CANARY}` } } });
    await expect(ai.generateText({ model: chat(), prompt: CANARY, maxRetries: 0, ...told('canary') })).rejects.toThrow(
      'bad',
    );
    expect(await h.spans()).toHaveLength(6);
    expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
    h.init({ captureContent: true });
    await run();
    const spans = (await h.spans()).slice(6);
    const tool = spans.find(({ name }) => name === 'execute_tool search')!.attributes;
    expect(tool['gen_ai.tool.call.arguments']).toBe(JSON.stringify({ q: CANARY }));
    expect(tool['gen_ai.tool.call.result']).toBe(JSON.stringify(CANARY));
    const [first, second] = modelCalls(spans).map(({ attributes }) => attributes);
    expect(JSON.parse(first!['gen_ai.input.messages'] as string)).toEqual([
      { role: 'user', parts: [{ type: 'text', content: CANARY }] },
    ]);
    expect(JSON.parse(second!['gen_ai.output.messages'] as string)).toEqual([
      { role: 'assistant', finish_reason: 'stop', parts: [{ type: 'text', content: CANARY }] },
    ]);
  });

  it('an integration for version 7 that is in the same registry hears nothing of version 6', async () => {
    const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown };
    registry.AI_SDK_TELEMETRY_INTEGRATIONS = [telemetry()];
    await ai.generateText({ model: chat(), prompt: 'hi', ...told() });
    delete registry.AI_SDK_TELEMETRY_INTEGRATIONS;
    await h.span();
  });
});

type Model = ReturnType<typeof chat>;
const wrapped = (model: Model) => ai.wrapLanguageModel({ model, middleware: middleware() }) as Model;
const ways: [string, (model: Model) => Heard<Model>][] = [
  ['tracer', (model) => ({ model, more: told('writer') })],
  ['middleware', (model) => ({ model: wrapped(model), more: {} })],
  ['watch(model)', (model) => ({ model: watch(model), more: {} })],
  ['all of them', (model) => ({ model: wrapped(watch(model)), more: told('writer') })],
];

const scenes = aiScenes<Model>(h, ai);

describe.each(ways)('LLM-03 AI SDK 6: one owner per model call, heard by %s', (_way, listen) => {
  it.each(scenes.map((scene) => [scene.name, scene] as const))(
    '%s: one span each, and nothing differs',
    async (_name, scene) => {
      const bare = await outcome(() => scene.run({ model: chat(), more: {} }));
      const heard = agent({ name: 'a', tenant: 'acme' }, () => outcome(() => scene.run(listen(chat()))));
      expect(await heard()).toEqual(bare);
      const calls = scene.calls ?? 1;
      await expect.poll(async () => modelCalls(await h.spans()).length, { timeout: 5000 }).toBe(calls);
      const spans = modelCalls(await h.spans());
      expect(spans.filter(({ failed }) => failed)).toHaveLength(scene.failed ?? 0);
      for (const { attributes } of spans)
        expect([attributes['gen_ai.request.model'], attributes['tally.tenant']]).toEqual(['gpt-4o', 'acme']);
    },
  );
});
