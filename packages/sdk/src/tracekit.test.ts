/** The names of llm-tracekit, from a real client to the wire: numbered attributes, with content on and off. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { harness, majors } from '../test/harness.ts';
import { flush } from './index.ts';
import { watch } from './watch.ts';

const h = harness();
afterEach(() => vi.unstubAllEnvs());

const messages = [
  { role: 'system' as const, content: 'Be short.' },
  {
    role: 'user' as const,
    content: [
      { type: 'text' as const, text: 'Weather?' },
      { type: 'image_url' as const, image_url: { url: 'https://example.org/a.png' } },
    ],
  },
  {
    role: 'assistant' as const,
    tool_calls: ['here', 'there'].map((place, index) => ({
      id: `call_${index}`,
      type: 'function' as const,
      function: { name: 'weather', arguments: `{"place":"${place}"}` },
    })),
  },
  { role: 'tool' as const, tool_call_id: 'call_0', content: 'Sunny' },
];
const parameters = { type: 'object', properties: { place: { type: 'string' } } };
const tools = ['weather', 'traffic'].map((name) => ({
  type: 'function' as const,
  function: { name, description: `The ${name} now`, parameters },
}));
const request = { model: 'gpt-4o', messages, tools };
const answered = { text: ['Sunny.', 'Clear.'], toolCalls: [{ name: 'weather', arguments: { place: 'x' } }] };

describe.each(majors)('%s', (_, Client) => {
  const numbered = async (captureContent: boolean, more: object = {}) => {
    h.init({ dialects: ['tracekit'], captureContent });
    h.fake.enqueue(answered);
    const stream = 'stream' in more;
    const answer = await watch(h.openai(Client)).chat.completions.create({ ...request, n: 2, ...more });
    if (stream) for await (const chunk of answer as never as AsyncIterable<unknown>) void chunk;
    return (await h.span()).attributes;
  };

  it('TK-27 TK-28 TK-29 TK-30 TK-31 TK-32 TK-33 TK-25 prompts are numbered in the order of the request', async () => {
    const attributes = await numbered(true);
    expect(attributes).toMatchObject({
      'gen_ai.prompt.0.role': 'system',
      'gen_ai.prompt.0.content': 'Be short.',
      'gen_ai.prompt.1.role': 'user',
      'gen_ai.prompt.2.role': 'assistant',
      'gen_ai.prompt.2.tool_calls.0.id': 'call_0',
      'gen_ai.prompt.2.tool_calls.0.type': 'function',
      'gen_ai.prompt.2.tool_calls.0.function.name': 'weather',
      'gen_ai.prompt.2.tool_calls.0.function.arguments': '{"place":"here"}',
      'gen_ai.prompt.2.tool_calls.1.id': 'call_1',
      'gen_ai.prompt.3.role': 'tool',
      'gen_ai.prompt.3.content': 'Sunny',
      'gen_ai.prompt.3.tool_call_id': 'call_0',
    });
    expect(attributes['gen_ai.prompt.1.content']).toContain('Weather?');
    expect(attributes['gen_ai.prompt.1.content']).toContain('https://example.org/a.png');
  });

  it.each([
    ['whole', {}],
    ['streamed', { stream: true }],
  ])(
    'TK-34 TK-35 TK-36 TK-37 TK-38 TK-39 TK-40 a %s answer is numbered by choice, tool calls joined',
    async (_how, more) => {
      const attributes = await numbered(true, more);
      for (const [index, text] of answered.text.entries())
        expect(attributes).toMatchObject({
          [`gen_ai.completion.${index}.role`]: 'assistant',
          [`gen_ai.completion.${index}.content`]: text,
          [`gen_ai.completion.${index}.finish_reason`]: 'tool_calls',
          [`gen_ai.completion.${index}.tool_calls.0.type`]: 'function',
          [`gen_ai.completion.${index}.tool_calls.0.function.name`]: 'weather',
        });
      expect(JSON.parse(attributes['gen_ai.completion.0.tool_calls.0.function.arguments'] as string)).toEqual({
        place: 'x',
      });
      expect(attributes['gen_ai.completion.0.tool_calls.0.id']).toMatch(/^call_/);
    },
  );

  it('TK-42 TK-43 TK-44 TK-45 tools are numbered with name, description and parameters as JSON', async () => {
    const attributes = await numbered(true);
    expect(attributes).toMatchObject({
      'gen_ai.openai.request.tools.0.type': 'function',
      'gen_ai.openai.request.tools.0.function.name': 'weather',
      'gen_ai.openai.request.tools.0.function.description': 'The weather now',
      'gen_ai.openai.request.tools.1.function.name': 'traffic',
    });
    expect(JSON.parse(attributes['gen_ai.openai.request.tools.0.function.parameters'] as string)).toEqual(parameters);
  });

  it.each([
    ['whole', {}],
    ['streamed', { stream: true }],
  ])(
    'TK-20 with content off roles, tool calls and finish reasons of a %s call stay, and not a word that was said',
    async (_how, more) => {
      const attributes = await numbered(false, more);
      expect(attributes).toMatchObject({
        'gen_ai.prompt.0.role': 'system',
        'gen_ai.prompt.2.tool_calls.0.id': 'call_0',
        'gen_ai.prompt.2.tool_calls.0.function.name': 'weather',
        'gen_ai.prompt.3.tool_call_id': 'call_0',
        'gen_ai.completion.0.finish_reason': 'tool_calls',
        'gen_ai.completion.0.tool_calls.0.function.name': 'weather',
      });
      const text = JSON.stringify(attributes);
      for (const said of ['short', 'Weather?', 'here', 'Sunny', 'The weather now']) expect(text).not.toContain(said);
      expect(Object.keys(attributes).filter((name) => /content|arguments|messages/.test(name))).toEqual([]);
    },
  );

  it('TK-11 a chat of sixty messages keeps all its numbered attributes', async () => {
    h.init({ dialects: ['tracekit'], captureContent: true });
    const long = Array.from({ length: 60 }, (_each, index) => ({ role: 'user' as const, content: `message ${index}` }));
    await watch(h.openai(Client)).chat.completions.create({ model: 'gpt-4o', messages: long });
    const { attributes } = await h.span();
    expect(Object.keys(attributes).filter((name) => name.startsWith('gen_ai.prompt.'))).toHaveLength(120);
    expect(attributes['gen_ai.prompt.59.content']).toBe('message 59');
  });

  it('TK-11 a span has 512 attributes at most, and of those above it the numbered ones go; OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT wins', async () => {
    const ask = async (messages: number) => {
      h.init({ dialects: ['tracekit'], captureContent: true });
      const long = Array.from({ length: messages }, (_each, index) => ({ role: 'user' as const, content: `${index}` }));
      await watch(h.openai(Client)).chat.completions.create({ model: 'gpt-4o', messages: long });
      const { attributes, dropped } = (await h.spans()).at(-1)!;
      expect(attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
      return { there: Object.keys(attributes).length, dropped };
    };
    const { there } = await ask(1);
    expect(await ask(2)).toEqual({ there: there + 2, dropped: 0 });
    const full = 1 + Math.floor((512 - there) / 2);
    expect((await ask(full)).dropped).toBe(0);
    expect(await ask(full + 1)).toEqual({ there: 512, dropped: there + 2 * full - 512 });
    vi.stubEnv('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '40');
    expect(await ask(60)).toEqual({ there: 40, dropped: there + 2 * 59 - 40 });
  });

  it('TK-23 TK-26 TK-58 set up, call, span: prompts and answers are attributes of the span, and there are no log records', async () => {
    h.init({ dialects: ['tracekit'], captureContent: true, serviceName: 'ai-service' });
    const client = watch(h.openai(Client));
    await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Write a poem.' }] });
    await flush(5000);
    const span = await h.span();
    expect(span.resource['service.name']).toBe('ai-service');
    expect(span.attributes['gen_ai.prompt.0.content']).toBe('Write a poem.');
    expect(h.sink.paths.filter((path) => path !== '/v1/traces' && path !== '/v1/metrics')).toEqual([]);
  });
});

it('TK-24 TK-41 an end user is named under the dialect’s name when the agent says who it is', async () => {
  const { agent } = await import('./agent.ts');
  h.init({ dialects: ['tracekit'] });
  const client = watch(h.openai());
  await agent({ name: 'a', user: 'user@company.com' }, () =>
    client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
  )();
  const chat = (await h.spans()).find(({ name }) => name.startsWith('chat'))!;
  expect(chat.attributes['gen_ai.openai.request.user']).toBe('user@company.com');
});

it('TK-55 durations and tokens are histograms with the conventions’ buckets', async () => {
  h.init();
  await watch(h.openai()).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] });
  await flush(5000);
  const { metrics } = await import('@tallyspan/facts');
  const bounds = Object.fromEntries(metrics.flatMap(({ name, buckets }) => (buckets ? [[name, buckets]] : [])));
  expect(bounds['gen_ai.client.operation.duration']).toEqual([
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
  ]);
  expect(bounds['gen_ai.client.token.usage']).toEqual([
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
  ]);
  const sent = new Set(h.sink.points().map(({ metric }) => metric));
  expect([...sent]).toEqual(expect.arrayContaining(['gen_ai.client.operation.duration', 'gen_ai.client.token.usage']));
});
