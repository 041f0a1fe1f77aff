import { CallbackManager } from '@langchain/core/callbacks/manager';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatOpenAI } from '@langchain/openai';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { BaseRetriever } from '@langchain/core/retrievers';
import { tool } from '@langchain/core/tools';
import { InMemoryCache } from '@langchain/core/caches';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CANARY, collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { modelCalls as models, names, outcome } from '../../../test/owner.ts';
import { openai } from '../../adapters/openai/openai.ts';
import { agent, role } from '../../agent.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { tallyspan } from '../../langchain.ts';
import { unwatch, watch } from '../../watch.ts';

const h = harness();
const model = (more: object = {}) =>
  new ChatOpenAI({
    model: 'gpt-4o',
    apiKey: 'k',
    maxRetries: 0,
    configuration: { baseURL: h.fake.openaiBaseUrl },
    ...more,
  });
const callbacks = () => ({ callbacks: [tallyspan()] });

afterEach(() => void unwatch(CallbackManager));

describe('what is recorded', () => {
  it('a chat model says its provider, model, tokens, cost and why it stopped', async () => {
    h.fake.enqueue({ usage: { input: 120, output: 30, cacheRead: 64, reasoning: 10 }, id: 'chatcmpl-lc1' });
    await model({ temperature: 0.2, maxTokens: 50 }).invoke('hi', callbacks());
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-lc1',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.max_tokens': 50,
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.reasoning.output_tokens': 10,
      'gen_ai.response.finish_reasons': ['stop'],
      'server.address': '127.0.0.1',
      'tally.cost.source': 'computed',
    });
  });

  it('a stream says its tokens and when the first came', async () => {
    await collect(await model().stream('hi', callbacks()));
    const { attributes } = await h.span();
    expect(attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
    expect(attributes['tally.stream.chunks']).toBeGreaterThan(2);
  });

  it('a chain is one workflow, whatever it is made of', async () => {
    const chain = ChatPromptTemplate.fromTemplate('say {x}').pipe(model()).pipe(new StringOutputParser());
    await chain.invoke({ x: 'a' }, { ...callbacks(), runName: 'greeting' });
    const [call, workflow] = await h.spans();
    expect([call!.name, workflow!.name]).toEqual(['chat gpt-4o', 'invoke_workflow greeting']);
    expect(call!.parentSpanId).toBe(workflow!.spanId);
    expect(workflow!.attributes['tally.framework']).toBe('langchain');
    expect(call!.attributes['tally.run.id']).toBe(workflow!.spanId);
  });

  it('tools and retrievers are steps of their own', async () => {
    const search = tool(async ({ q }) => `found ${q}`, {
      name: 'search',
      description: 'x',
      schema: z.object({ q: z.string() }),
    });
    await search.invoke({ q: 'a' }, callbacks());
    const broken = tool(async () => Promise.reject(new RangeError('no')), {
      name: 'broken',
      description: 'x',
      schema: z.object({}),
    });
    await expect(broken.invoke({}, callbacks())).rejects.toThrow('no');
    class Library extends BaseRetriever {
      lc_namespace = ['test'];
      override async _getRelevantDocuments() {
        return [];
      }
    }
    await new Library().invoke('q', callbacks());
    const spans = await h.spans();
    expect(names(spans)).toEqual(['execute_tool broken', 'execute_tool search', 'retrieval Library']);
    expect(spans.find(({ name }) => name === 'execute_tool broken')).toMatchObject({
      failed: true,
      statusMessage: 'RangeError',
    });
  });

  it('what a watched model derives is recorded too: tools bound to it, structured output, other settings', async () => {
    const llm = watch(model());
    const schema = z.object({ city: z.string() });
    h.fake.respond(() => ({ text: '{"city":"Bern"}' }));
    await llm.bindTools([{ type: 'function', function: { name: 'search', parameters: {} } }]).invoke('hi');
    await llm.withStructuredOutput(schema).invoke('hi');
    await llm.withConfig({ tags: ['x'] }).invoke('hi');
    await llm.pipe(new StringOutputParser()).invoke('hi');
    h.fake.respond(undefined);
    expect(models(await h.spans())).toHaveLength(4);
  });

  it("an answer out of LangChain's cache is no model call", async () => {
    const cached = model({ cache: new InMemoryCache() });
    const first = await cached.invoke('the same', callbacks());
    expect((await cached.invoke('the same', callbacks())).content).toBe(first.content);
    expect(h.fake.requests).toHaveLength(1);
    await h.span();
  });

  it('no byte of content leaves while content is off, and all of it is JSON when it is on', async () => {
    const from = h.sink.bytes().length;
    h.fake.respond(() => ({ text: CANARY }));
    const chain = ChatPromptTemplate.fromTemplate(`${CANARY} {x}`).pipe(model());
    await chain.invoke({ x: CANARY }, callbacks());
    h.fake.respond(() => ({ status: 400, body: { error: { message: CANARY } } }));
    await expect(chain.invoke({ x: CANARY }, callbacks())).rejects.toThrow('400');
    h.fake.respond(undefined);
    expect(await h.spans()).toHaveLength(4);
    expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
    h.init({ captureContent: true });
    h.fake.enqueue({ text: CANARY });
    await model().invoke(
      [
        ['system', 'be brief'],
        ['human', CANARY],
      ],
      callbacks(),
    );
    const { attributes } = (await h.spans()).at(-1)!;
    expect(JSON.parse(attributes['gen_ai.input.messages'] as string)).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'be brief' }] },
      { role: 'user', parts: [{ type: 'text', content: CANARY }] },
    ]);
    expect(JSON.parse(attributes['gen_ai.output.messages'] as string)).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: CANARY }], finish_reason: 'stop' },
    ]);
  });
});

describe('LangGraph', () => {
  const State = Annotation.Root({ text: Annotation<string>({ reducer: (a, b) => a + b, default: () => '' }) });
  const nodes = ['researcher', 'critic', 'writer'] as const;
  const node = (call: () => Promise<unknown>) => async () => {
    await call();
    return { text: '.' };
  };
  const graph = (call: () => Promise<unknown>, name?: string) =>
    new StateGraph(State)
      .addNode('researcher', node(call))
      .addNode('critic', node(call))
      .addNode('writer', node(call))
      .addEdge(START, 'researcher')
      .addEdge('researcher', 'critic')
      .addEdge('critic', 'writer')
      .addEdge('writer', END)
      .compile(name === undefined ? {} : { name });

  it('COST-16 COST-34 LLM-47 EXT-13 the node is the role of its model calls', async () => {
    const llm = model();
    await graph(() => llm.invoke('hi')).invoke({ text: '' }, callbacks());
    const spans = await h.spans();
    expect(models(spans).map(({ attributes }) => attributes['tally.role'])).toEqual(nodes);
    expect(names(spans)).toEqual([
      'chat gpt-4o',
      'chat gpt-4o',
      'chat gpt-4o',
      'invoke_workflow',
      'role critic',
      'role researcher',
      'role writer',
    ]);
  });

  it("COST-16 a provider's own client, watched, has the role of the node it is called in", async () => {
    const client = watch(h.openai());
    const call = () => client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] });
    await graph(call).invoke({ text: '' }, callbacks());
    const spans = await h.spans();
    expect(models(spans).map(({ attributes }) => attributes['tally.role'])).toEqual(nodes);
    const parents = models(spans).map(({ parentSpanId }) => spans.find(({ spanId }) => spanId === parentSpanId)!.name);
    expect(parents).toEqual(['role researcher', 'role critic', 'role writer']);
  });

  it('a graph with a name is an agent; inside of another agent it keeps tenant and run', async () => {
    const llm = model();
    const work = agent({ name: 'boss', tenant: 'acme' }, () =>
      graph(() => llm.invoke('hi'), 'crew').invoke({ text: '' }, callbacks()),
    );
    await work();
    const spans = await h.spans();
    const boss = spans.find(({ name }) => name === 'invoke_agent boss')!;
    for (const { attributes } of models(spans))
      expect(attributes).toMatchObject({
        'gen_ai.agent.name': 'crew',
        'tally.tenant': 'acme',
        'tally.run.id': boss.spanId,
      });
  });

  it('what the program says inside of a node is further inside', async () => {
    const client = watch(h.openai());
    const call = () =>
      role('checker', () =>
        client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
      );
    await graph(call).invoke({ text: '' }, callbacks());
    for (const { attributes } of models(await h.spans())) expect(attributes['tally.role']).toBe('checker');
  });

  it('LLM-52 nodes that run at the same time never mix, in forty graphs at once', async () => {
    const client = watch(h.openai());
    const llm = model();
    const both = (name: string) => async () => {
      const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }], user: name };
      await Promise.all([llm.invoke('hi', { user: name } as never), client.chat.completions.create(ask)]);
      return { text: '' };
    };
    const parallel = new StateGraph(State)
      .addNode('left', both('left'))
      .addNode('right', both('right'))
      .addEdge(START, 'left')
      .addEdge(START, 'right')
      .addEdge('left', END)
      .addEdge('right', END)
      .compile();
    const work = (tenant: string) => agent({ name: 'a', tenant }, () => parallel.invoke({ text: '' }, callbacks()))();
    await Promise.all(Array.from({ length: 40 }, (_, index) => work(`tenant-${index}`)));
    const spans = await h.spans();
    expect(models(spans)).toHaveLength(160);
    const tenants = new Set(models(spans).map(({ attributes }) => attributes['tally.tenant']));
    expect(tenants.size).toBe(40);
    for (const tenant of tenants) {
      const calls = models(spans).filter(({ attributes }) => attributes['tally.tenant'] === tenant);
      expect(calls.map(({ attributes }) => attributes['tally.role']).toSorted()).toEqual([
        'left',
        'left',
        'right',
        'right',
      ]);
      expect(new Set(calls.map(({ traceId }) => traceId)).size).toBe(1);
    }
  });

  it('a node that fails fails the graph, and each span ends once', async () => {
    const failing = graph(async () => Promise.reject(new TypeError('no')));
    await expect(failing.invoke({ text: '' }, callbacks())).rejects.toThrow('no');
    const spans = await h.spans();
    expect(names(spans)).toEqual(['invoke_workflow', 'role researcher']);
    for (const { failed, statusMessage } of spans) expect([failed, statusMessage]).toEqual([true, 'TypeError']);
  });

  it('a graph that is streamed is recorded the same', async () => {
    const llm = model();
    await collect(await graph(() => llm.invoke('hi')).stream({ text: '' }, { ...callbacks(), streamMode: 'updates' }));
    const spans = await h.spans();
    expect(models(spans).map(({ attributes }) => attributes['tally.role'])).toEqual(nodes);
    expect(spans).toHaveLength(7);
  });

  it('watch(graph) and watch(CallbackManager) need nothing at the call', async () => {
    const llm = model();
    const one = watch(graph(() => llm.invoke('hi')));
    await one.invoke({ text: '' });
    expect(await h.spans()).toHaveLength(7);
    unwatch(one);
    await one.invoke({ text: '' });
    expect(await h.spans()).toHaveLength(7);
    watch(CallbackManager);
    await one.invoke({ text: '' }, callbacks());
    expect(await h.spans()).toHaveLength(14);
    unwatch(CallbackManager);
    await one.invoke({ text: '' });
    expect(await h.spans()).toHaveLength(14);
  });
});

/** How LangChain is heard. */
const ways: [string, (llm: ChatOpenAI) => { llm: ChatOpenAI; options: object }][] = [
  ['callbacks', (llm) => ({ llm, options: callbacks() })],
  ['watch(model)', (llm) => ({ llm: watch(llm), options: {} })],
  ['watch(CallbackManager)', (llm) => (watch(CallbackManager), { llm, options: {} })],
  ['all of them', (llm) => (watch(CallbackManager), { llm: watch(llm), options: callbacks() })],
];

type Inner = { completions: { client: unknown } };

/** Whether the provider's client inside is recorded as well. */
const insides: [string, (llm: ChatOpenAI) => () => void][] = [
  ['nothing', () => () => {}],
  [
    'its client watched',
    (llm) => {
      (llm as unknown as Inner).completions.client = watch(
        new OpenAI({ apiKey: 'k', baseURL: h.fake.openaiBaseUrl, maxRetries: 0 }),
      );
      return () => {};
    },
  ],
  [
    'the class door',
    () => {
      const instrumentor = new Instrumentor(openai).instrument({ module: OpenAI });
      return () => void instrumentor.uninstrument();
    },
  ],
];

interface Scene {
  name: string;
  calls?: number;
  failed?: boolean;
  run(llm: ChatOpenAI, options: object): Promise<unknown>;
}

const scenes: Scene[] = [
  { name: 'invoke', run: async (llm, options) => (await llm.invoke('hi', options)).content },
  { name: 'stream', run: async (llm, options) => (await collect(await llm.stream('hi', options))).length > 2 },
  {
    name: 'a stream that is left',
    run: async (llm, options) => {
      for await (const chunk of await llm.stream('hi', options)) return chunk.content;
      return undefined;
    },
  },
  {
    name: 'an error',
    failed: true,
    run: (llm, options) => {
      h.fake.enqueue({ error: 'rate_limit', times: 1 });
      return llm.invoke('hi', options);
    },
  },
  {
    name: 'a stream that breaks',
    failed: true,
    run: async (llm, options) => {
      h.fake.enqueue({ dropAfterChunks: 3 });
      return collect(await llm.stream('hi', options));
    },
  },
  {
    name: 'an abort',
    failed: true,
    run: async (llm, options) => {
      h.fake.enqueue({ delayMs: 2000 });
      return llm.invoke('hi', { ...options, signal: AbortSignal.timeout(60) });
    },
  },
  {
    name: 'a batch',
    calls: 5,
    run: async (llm, options) =>
      (await llm.batch(['1', '2', '3', '4', '5'], options as never)).map(({ content }) => content),
  },
];

describe.each(ways)('LLM-03 one owner per model call, heard by %s', (way, listen) => {
  describe.each(insides)('with %s inside', (inside, prepare) => {
    it.each(scenes.map((scene) => [scene.name, scene] as const))(
      '%s is one span, and nothing differs',
      async (name, scene) => {
        const bare = await outcome(() => scene.run(model(), {}));
        const made = model();
        const undo = prepare(made);
        const { llm, options } = listen(made);
        try {
          expect(await outcome(() => scene.run(llm, options))).toEqual(bare);
        } finally {
          undo();
          unwatch(CallbackManager);
        }
        // Nobody tells a mere listener that a stream was left: the span ends when nothing was heard for a minute.
        const isUnheard =
          name === 'a stream that is left' &&
          inside === 'nothing' &&
          ['callbacks', 'watch(CallbackManager)'].includes(way);
        const calls = isUnheard ? 0 : (scene.calls ?? 1);
        await expect.poll(async () => (await h.spans()).length).toBe(calls);
        const spans = await h.spans();
        for (const span of spans) {
          expect(span.failed).toBe(scene.failed === true);
          expect(span.attributes['gen_ai.request.model']).toBe('gpt-4o');
        }
        const costs = spans.filter(({ attributes }) => attributes['tally.cost.usd'] !== undefined);
        expect(costs.length).toBe(scene.failed || name.endsWith('left') ? 0 : calls);
      },
    );
  });
});
