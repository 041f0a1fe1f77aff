import Anthropic from '@anthropic-ai/sdk';
import type { Tool } from '@anthropic-ai/sdk/resources/messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultText, defaultThinking } from '../answer/defaults.ts';
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts';

const model = 'claude-sonnet-4-20250514';
const asked = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: 'How high is Mont Blanc?' }] };
const lookUp: Tool = {
  name: 'look_up',
  input_schema: { type: 'object', properties: { mountain: { type: 'string' } } },
};

describe('messages, read by @anthropic-ai/sdk', () => {
  let fake: FakeProvider;
  let client: Anthropic;
  beforeEach(async () => {
    fake = await startFakeProvider();
    client = new Anthropic({ apiKey: 'fake', baseURL: fake.anthropicBaseUrl, maxRetries: 0 });
  });
  afterEach(() => fake.close());

  it('answers with a text block, a reason and figures', async () => {
    const { data, request_id } = await client.messages.create(asked).withResponse();
    expect(data).toMatchObject({
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: defaultText }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 15, output_tokens: 16, service_tier: 'standard' },
    });
    expect(data.id).toMatch(/^msg_\w{24}$/);
    expect(request_id).toMatch(/^req_\w{24}$/);
  });

  it('reports cached tokens beside input_tokens', async () => {
    fake.enqueue({ usage: { input: 5000, cacheRead: 3000, cacheWrite: 1500, cacheWrite1h: 500, output: 200 } });
    const { usage } = await client.messages.create(asked);
    expect(usage).toMatchObject({
      input_tokens: 500,
      cache_read_input_tokens: 3000,
      cache_creation_input_tokens: 1500,
      cache_creation: { ephemeral_5m_input_tokens: 1000, ephemeral_1h_input_tokens: 500 },
      output_tokens: 200,
    });
  });

  it('thinks where it is asked to, and counts that inside the output', async () => {
    const message = await client.messages.create({
      ...asked,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      max_tokens: 2048,
    });
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(message.usage).toMatchObject({ output_tokens: 16 + 12, output_tokens_details: { thinking_tokens: 12 } });
  });

  it('uses a tool until the conversation has its result', async () => {
    const first = await client.messages.create({ ...asked, tools: [lookUp] });
    expect(first).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', name: 'look_up', input: { mountain: 'text' } }],
    });
    const [block] = first.content;
    const done = await client.messages.create({
      ...asked,
      tools: [lookUp],
      messages: [
        ...asked.messages,
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: block?.type === 'tool_use' ? block.id : '', content: '4805' }],
        },
      ],
    });
    expect(done.stop_reason).toBe('end_turn');
  });

  it('streams: one output token at first, all figures so far at the end', async () => {
    fake.enqueue({ usage: { input: 900, cacheRead: 400, output: 77 } });
    const events = [];
    for await (const event of await client.messages.create({ ...asked, stream: true })) events.push(event);
    expect(events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[0]).toMatchObject({
      message: {
        content: [],
        stop_reason: null,
        usage: { input_tokens: 500, cache_read_input_tokens: 400, output_tokens: 1 },
      },
    });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 500, cache_read_input_tokens: 400, output_tokens: 77 },
    });
  });

  it('streams thinking, text and a tool, which the stream() helper puts together', async () => {
    fake.enqueue({
      thinking: defaultThinking,
      text: 'I look it up.',
      toolCalls: [{ name: 'look_up', arguments: { mountain: 'Mont Blanc' } }],
    });
    const stream = client.messages.stream({ ...asked, tools: [lookUp] });
    let text = '';
    stream.on('text', (delta) => (text += delta));
    const message = await stream.finalMessage();
    expect(text).toBe('I look it up.');
    expect(message).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: defaultThinking },
        { type: 'text', text: 'I look it up.' },
        { type: 'tool_use', name: 'look_up', input: { mountain: 'Mont Blanc' } },
      ],
      usage: { output_tokens_details: { thinking_tokens: 12 } },
    });
    const [thought] = message.content;
    expect(thought?.type === 'thinking' && thought.signature).toMatch(/^\w{64}$/);
  });

  it('stops at max_tokens, and refuses with a reason', async () => {
    fake.enqueue({ text: 'One two', finish: 'length' }, { refusal: 'No.' });
    expect((await client.messages.create(asked)).stop_reason).toBe('max_tokens');
    expect(await client.messages.create(asked)).toMatchObject({ stop_reason: 'refusal', content: [{ text: 'No.' }] });
  });

  it('answers the beta methods and counts tokens', async () => {
    const beta = await client.beta.messages.create(asked);
    expect(beta.content).toMatchObject([{ type: 'text', text: defaultText }]);
    expect(fake.requests[0]).toMatchObject({ path: '/v1/messages' });
    const { max_tokens: _, ...counted } = asked;
    expect(await client.messages.countTokens(counted)).toEqual({ input_tokens: 15 });
  });

  it('reads a structured output with parse()', async () => {
    const schema = { type: 'object', properties: { metres: { type: 'integer' } } };
    const message = await client.messages.parse({
      ...asked,
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect(message.content[0]).toMatchObject({ type: 'text', text: '{"metres":1}' });
  });
});
