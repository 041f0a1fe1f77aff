import { describe, expect, it } from 'vitest';
import { harness } from '../test/harness.ts';
import { observe } from './observe.ts';
import { watch } from './watch.ts';

const h = harness();
const body = {
  model: 'claude-sonnet-4-20250514',
  max_tokens: 1024,
  system: 'Be brief.',
  messages: [{ role: 'user' as const, content: 'Hi.' }],
};
const cached = {
  usage: { input: 1_000, output: 200, cacheRead: 600, cacheWrite: 300, cacheWrite1h: 100, reasoning: 20 },
};
const expected = {
  'gen_ai.provider.name': 'anthropic',
  'gen_ai.request.max_tokens': 1024,
  // The provider counts cached tokens beside its input; ours is the sum.
  'gen_ai.usage.input_tokens': 1_000,
  'gen_ai.usage.cache_read.input_tokens': 600,
  'gen_ai.usage.cache_creation.input_tokens': 300,
  'gen_ai.usage.output_tokens': 200,
  'gen_ai.response.finish_reasons': ['end_turn'],
};

describe.each([
  ['watch', watch],
  ['observe', observe],
])('@anthropic-ai/sdk through %s', (_, door) => {
  it('a message is one span with the sum of fresh, read and written input', async () => {
    h.fake.enqueue(cached);
    const message = await door(h.anthropic()).messages.create(body);
    const span = await h.span();
    expect(span.name).toBe('chat claude-sonnet-4-20250514');
    expect(span.attributes).toMatchObject({ ...expected, 'gen_ai.response.id': message.id });
  });

  it('a stream gives the same tokens by every way of reading it, in one span each', async () => {
    h.fake.enqueue(cached, cached, cached);
    const client = door(h.anthropic());
    for await (const event of await client.messages.create({ ...body, stream: true })) void event;
    const { usage } = await client.messages.stream(body).finalMessage();
    expect(usage.output_tokens).toBe(200);
    for await (const event of client.messages.stream(body)) void event;
    const spans = await h.spans();
    expect(spans).toHaveLength(3);
    for (const span of spans) expect(span.attributes).toMatchObject(expected);
  });

  it('an hour’s cache is priced as such', async () => {
    h.fake.enqueue(cached);
    await door(h.anthropic()).messages.create(body);
    // $3 input, $0.30 read, $3.75 written, $6 written for an hour, $15 output per million tokens.
    const usd = (100 * 3 + 600 * 0.3 + 200 * 3.75 + 100 * 6 + 200 * 15) / 1e6;
    expect((await h.span()).attributes['tally.cost.usd']).toBeCloseTo(usd, 9);
  });

  it('the service tier is not called OpenAI’s', async () => {
    await door(h.anthropic()).messages.create(body);
    const { attributes } = await h.span();
    expect(attributes['tally.response.service_tier']).toBe('standard');
    expect(Object.keys(attributes).filter((name) => name.startsWith('openai.'))).toEqual([]);
  });

  it('a stream cut midway keeps what had come', async () => {
    h.fake.enqueue({ text: 'one two three four', dropAfterChunks: 4 });
    const stream = await door(h.anthropic()).messages.create({ ...body, stream: true });
    await expect(
      (async () => {
        for await (const event of stream) void event;
      })(),
    ).rejects.toThrow(Error);
    const span = await h.span();
    expect(span.failed).toBe(true);
    expect(span.attributes['gen_ai.response.model']).toBe('claude-sonnet-4-20250514');
    expect(span.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
  });

  it('content has the instructions apart and the thinking as reasoning', async () => {
    h.fake.enqueue({ text: 'Hello.', thinking: 'Hm.', toolCalls: [{ name: 'find', arguments: { q: 1 } }] });
    h.fake.enqueue({ text: 'Hello.', thinking: 'Hm.', toolCalls: [{ name: 'find', arguments: { q: 1 } }] });
    const client = door(h.anthropic(), { captureContent: true });
    await client.messages.create(body);
    for await (const event of await client.messages.create({ ...body, stream: true })) void event;
    const [whole, streamed] = (await h.spans()).map(({ attributes }) => attributes);
    expect(JSON.parse(whole!['gen_ai.system_instructions'] as string)).toEqual([
      { type: 'text', content: 'Be brief.' },
    ]);
    const [message] = JSON.parse(whole!['gen_ai.output.messages'] as string) as { parts: { type: string }[] }[];
    expect(message!.parts.map(({ type }) => type).toSorted()).toEqual(['reasoning', 'text', 'tool_call']);
    const parts = (value: unknown) =>
      (JSON.parse(value as string) as { parts: Record<string, unknown>[] }[])[0]!.parts.map((part) => ({
        ...part,
        id: '',
      }));
    expect(parts(streamed!['gen_ai.output.messages'])).toEqual(parts(whole!['gen_ai.output.messages']));
  });

  it('a client of another platform says where it is', async () => {
    const onVertex = Object.assign(h.anthropic(), { _genAIProviderName: 'gcp.vertex_ai' });
    await door(onVertex).messages.create(body);
    expect((await h.span()).attributes['gen_ai.provider.name']).toBe('gcp.vertex_ai');
  });

  it('LLM-18 content has what tools were asked and answered, and no picture’s bytes', async () => {
    const client = door(h.anthropic(), { captureContent: true });
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo='.repeat(100) };
    const content = [
      { type: 'image' as const, source },
      { type: 'text' as const, text: 'A cat.' },
    ];
    await client.messages.create({
      ...body,
      messages: [
        { role: 'user', content },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'cat' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content }] },
      ],
    });
    const { attributes } = await h.span();
    const [shown, asked, answered] = JSON.parse(attributes['gen_ai.input.messages'] as string) as {
      parts: unknown[];
    }[];
    expect(shown!.parts).toEqual([
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: '(1200 characters of base64)' },
      { type: 'text', content: 'A cat.' },
    ]);
    expect(asked!.parts).toEqual([{ type: 'tool_call', id: 'toolu_1', name: 'look', arguments: { at: 'cat' } }]);
    expect(answered!.parts).toEqual([
      { type: 'tool_call_response', id: 'toolu_1', response: [{ type: 'image' }, 'A cat.'] },
    ]);
  });
});
