import * as agents from '@openai/agents';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CANARY } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { modelCalls, names, outcome, parentOf } from '../../../test/owner.ts';
import { openai } from '../../adapters/openai/openai.ts';
import { agent } from '../../agent.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { processor } from '../../openai-agents.ts';
import { unwatch, watch } from '../../watch.ts';

const h = harness();

/** Another one before ours: ours then hears of each span a moment late. None sends anything to OpenAI. */
const somebodyElse: agents.TracingProcessor = {
  async onTraceStart() {},
  async onTraceEnd() {},
  async onSpanStart() {},
  async onSpanEnd() {},
  async shutdown() {},
  async forceFlush() {},
};

beforeAll(() => {
  // Off by default under NODE_ENV=test.
  agents.setTracingDisabled(false);
  agents.setTraceProcessors([somebodyElse, processor()]);
});

const runner = (useResponses = true, client = h.openai(), more: object = {}) =>
  new agents.Runner({
    modelProvider: new agents.OpenAIProvider({ openAIClient: client as never, useResponses }),
    model: 'gpt-4o',
    ...more,
  });
const writer = () => new agents.Agent({ name: 'writer', instructions: 'Write.' });
const search = (execute = async () => 'found') =>
  agents.tool({ name: 'search', description: 'Searches.', parameters: z.object({ q: z.string() }), execute });

describe.each([
  // Of the Responses API the Agents SDK tells which model answered, not which was asked for.
  ['responses', true, 'gpt-4o-2024-08-06'],
  ['chat completions', false, 'gpt-4o'],
] as const)('what is recorded over %s', (_api, useResponses, model) => {
  it('COST-16 COST-34 EXT-14 an agent is the agent and the role of its calls; tools, handoffs and guardrails are steps', async () => {
    const boss = new agents.Agent({
      name: 'boss',
      tools: [search()],
      handoffs: [writer()],
      inputGuardrails: [{ name: 'polite', execute: async () => ({ tripwireTriggered: false, outputInfo: {} }) }],
    });
    h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: 'x' } }] });
    h.fake.enqueue({ toolCalls: [{ name: 'transfer_to_writer', arguments: {} }] });
    await agent({ name: 'outer', tenant: 'acme' }, () => runner(useResponses).run(boss, 'hello'))();
    const spans = await h.spans();
    expect(names(spans)).toEqual([
      'agent_step',
      'agent_step',
      'agent_step',
      `chat ${model}`,
      `chat ${model}`,
      `chat ${model}`,
      'execute_tool polite',
      'execute_tool search',
      'execute_tool transfer_to_writer',
      'invoke_agent boss',
      'invoke_agent outer',
      'invoke_agent writer',
      'invoke_workflow',
    ]);
    const run = spans.find(({ name }) => name === 'invoke_agent outer')!.spanId;
    expect(modelCalls(spans).map(({ attributes }) => attributes['gen_ai.agent.name'])).toEqual([
      'boss',
      'boss',
      'writer',
    ]);
    for (const { attributes } of modelCalls(spans))
      expect(attributes).toMatchObject({
        'tally.role': attributes['gen_ai.agent.name'],
        'tally.tenant': 'acme',
        'tally.run.id': run,
        'tally.cost.source': 'computed',
      });
    for (const call of modelCalls(spans)) expect(parentOf(call, spans)!.name).toBe('agent_step');
  });

  it('COST-05 tasks and turns repeat the tokens of their calls, which are counted once', async () => {
    h.fake.enqueue({ usage: { input: 100, output: 20, cacheRead: 40, reasoning: 5 } });
    await runner(useResponses).run(writer(), 'hello');
    const spans = await h.spans();
    const withTokens = spans.filter(({ attributes }) => attributes['gen_ai.usage.input_tokens'] !== undefined);
    expect(withTokens).toHaveLength(1);
    expect(withTokens[0]!.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': model,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 40,
      'gen_ai.usage.reasoning.output_tokens': 5,
    });
  });

  it('LLM-07 no byte of content leaves while content is off; with content on, messages, arguments and results are there', async () => {
    const from = h.sink.bytes().length;
    const boss = new agents.Agent({ name: 'boss', instructions: CANARY, tools: [search(async () => CANARY)] });
    const replies = () => {
      h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: CANARY } }] });
      h.fake.enqueue({ text: CANARY });
    };
    replies();
    await runner(useResponses).run(boss, CANARY);
    h.fake.enqueue({ status: 400, body: { error: { message: `bad ${CANARY}` } } });
    await expect(runner(useResponses).run(boss, CANARY)).rejects.toThrow('bad');
    expect((await h.spans()).length).toBeGreaterThan(8);
    expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
    h.init({ captureContent: true });
    replies();
    await runner(useResponses).run(boss, CANARY);
    const last = (await h.spans()).slice(-7);
    const tool = last.find(({ name }) => name === 'execute_tool search')!.attributes;
    expect([tool['gen_ai.tool.call.arguments'], tool['gen_ai.tool.call.result']].join()).toContain(CANARY);
    for (const { attributes } of modelCalls(last)) {
      expect(JSON.parse(attributes['gen_ai.input.messages'] as string)).toBeInstanceOf(Array);
      expect(JSON.parse(attributes['gen_ai.output.messages'] as string)).toBeInstanceOf(Array);
    }
    expect(modelCalls(last).at(-1)!.attributes['gen_ai.output.messages']).toContain(CANARY);
  });
});

it('where the Agents SDK tells no data, the turn still tells the tokens', async () => {
  h.fake.enqueue({ usage: { input: 100, output: 20 } });
  await runner(true, h.openai(), { traceIncludeSensitiveData: false }).run(writer(), 'hello');
  const [call] = modelCalls(await h.spans());
  expect(call!.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 20 });
});

it('a guardrail that is tripped is a failed step', async () => {
  const guarded = new agents.Agent({
    name: 'guarded',
    inputGuardrails: [{ name: 'never', execute: async () => ({ tripwireTriggered: true, outputInfo: {} }) }],
  });
  await expect(runner().run(guarded, 'hello')).rejects.toBeInstanceOf(agents.InputGuardrailTripwireTriggered);
  const spans = await h.spans();
  const guardrail = spans.find(({ name }) => name === 'execute_tool never')!;
  expect([guardrail.failed, guardrail.attributes['error.type']]).toEqual([true, 'guardrail_blocked']);
});

it('a watched client that a tool calls has the role of the agent whose tool it is', async () => {
  const client = watch(h.openai());
  const ask = async () => {
    await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] });
    return 'found';
  };
  h.fake.enqueue({ toolCalls: [{ name: 'search', arguments: { q: 'x' } }] });
  await runner().run(new agents.Agent({ name: 'boss', tools: [search(ask)] }), 'hello');
  const spans = await h.spans();
  const inner = spans.find(({ name }) => name === 'chat gpt-4o-mini')!;
  expect(inner.attributes['tally.role']).toBe('boss');
  expect(parentOf(inner, spans)!.name).toBe('execute_tool search');
});

it('LLM-52 forty runs at once never mix', async () => {
  const one = (name: string) =>
    agent({ name: 'outer', tenant: name }, () => runner().run(new agents.Agent({ name: `agent-${name}` }), 'hello'))();
  await Promise.all(Array.from({ length: 40 }, (_, index) => one(`t${index}`)));
  const calls = modelCalls(await h.spans());
  expect(calls).toHaveLength(40);
  for (const { attributes } of calls)
    expect(attributes['gen_ai.agent.name']).toBe(`agent-${attributes['tally.tenant']}`);
});

it('watch(agents) listens to the whole module, and unwatch stops it', async () => {
  const added: object[] = [];
  const copy = { ...agents, addTraceProcessor: (each: object) => void added.push(each) };
  expect(watch(copy)).toBe(copy);
  expect(added).toHaveLength(1);
  const [listener] = added as agents.TracingProcessor[];
  unwatch(copy);
  await listener!.onTraceStart({ traceId: 'trace_x', name: 'unheard' } as never);
  await listener!.onTraceEnd({ traceId: 'trace_x' } as never);
  expect(await h.spans()).toEqual([]);
});

const insides: [string, (client: OpenAI) => { client: OpenAI; undo(): void }][] = [
  ['nothing', (client) => ({ client, undo() {} })],
  ['the client watched', (client) => ({ client: watch(client), undo() {} })],
  [
    'the class door',
    (client) => {
      const instrumentor = new Instrumentor(openai).instrument({ module: OpenAI });
      return { client, undo: () => void instrumentor.uninstrument() };
    },
  ],
];

interface Scene {
  name: string;
  calls?: number;
  failed?: boolean;
  run(made: agents.Runner): Promise<unknown>;
}

const scenes: Scene[] = [
  { name: 'a run', run: async (made) => (await made.run(writer(), 'hi')).finalOutput },
  {
    name: 'a streamed run',
    async run(made) {
      const result = await made.run(writer(), 'hi', { stream: true });
      let events = 0;
      for await (const _ of result) events++;
      await result.completed;
      return [events, result.finalOutput];
    },
  },
  {
    name: 'a streamed run that is left',
    async run(made) {
      const result = await made.run(writer(), 'hi', { stream: true });
      for await (const event of result) if (event.type === 'raw_model_stream_event') return event.type;
      return undefined;
    },
  },
  {
    name: 'an error',
    failed: true,
    run(made) {
      h.fake.enqueue({ error: 'rate_limit' });
      return made.run(writer(), 'hi');
    },
  },
  {
    name: 'a streamed error',
    failed: true,
    async run(made) {
      h.fake.enqueue({ error: 'rate_limit' });
      const result = await made.run(writer(), 'hi', { stream: true });
      for await (const _ of result);
      return result.completed;
    },
  },
  {
    name: 'an abort',
    failed: true,
    run(made) {
      h.fake.enqueue({ delayMs: 2000 });
      return made.run(writer(), 'hi', { signal: AbortSignal.timeout(60) });
    },
  },
  {
    name: 'five at once',
    calls: 5,
    run: async (made) =>
      (await Promise.all([1, 2, 3, 4, 5].map(() => made.run(writer(), 'hi')))).map((each) => each.finalOutput),
  },
];

describe.each([true, false])('LLM-03 one owner per model call, responses: %s', (useResponses) => {
  describe.each(insides)('with %s inside', (inside, prepare) => {
    it.each(scenes.map((scene) => [scene.name, scene] as const))(
      '%s: one span each, and nothing differs',
      async (_, scene) => {
        agents.setTracingDisabled(true);
        const bare = await outcome(() => scene.run(runner(useResponses)));
        agents.setTracingDisabled(false);
        const { client, undo } = prepare(h.openai() as OpenAI);
        try {
          expect(await outcome(() => scene.run(runner(useResponses, client as never)))).toEqual(bare);
        } finally {
          undo();
        }
        const calls = scene.calls ?? 1;
        await expect.poll(async () => modelCalls(await h.spans()).length, { timeout: 5000 }).toBe(calls);
        const spans = await h.spans();
        for (const span of modelCalls(spans)) {
          expect(span.failed).toBe(scene.failed === true);
          // Only the client knows where it went: who has the address recorded the call.
          if (inside !== 'nothing') expect(span.attributes['server.address']).toBe('127.0.0.1');
          expect(span.attributes['tally.role']).toBe('writer');
        }
        const billed = spans.filter(({ attributes }) => attributes['tally.cost.usd'] !== undefined);
        expect(billed.length).toBeLessThanOrEqual(calls);
      },
    );
  });
});
