import type OpenAI from 'openai';
import type { ChatCompletionChunk, ChatCompletionTool } from 'openai/resources/chat/completions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openaiMajors } from '../../test/openai-majors.ts';
import { defaultText } from '../answer/defaults.ts';
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts';

const messages = [{ role: 'user' as const, content: 'How high is Mont Blanc?' }];
const lookUp: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'look_up',
    parameters: { type: 'object', properties: { mountain: { type: 'string' }, unit: { enum: ['m', 'ft'] } } },
  },
};
const heightFormat = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'height',
    strict: true,
    schema: {
      type: 'object',
      properties: { metres: { type: 'integer' }, names: { type: 'array', items: { type: 'string' } } },
    },
  },
};

describe.each(openaiMajors)('chat completions, read by %s', (_, Client) => {
  let fake: FakeProvider;
  let client: OpenAI;
  beforeEach(async () => {
    fake = await startFakeProvider();
    client = new Client({ apiKey: 'fake', baseURL: fake.openaiBaseUrl, maxRetries: 0 });
  });
  afterEach(() => fake.close());

  it('answers with one sentence, the dated model and counted tokens', async () => {
    const { data, request_id } = await client.chat.completions.create({ model: 'gpt-4o', messages }).withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4o-2024-08-06',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: defaultText, refusal: null } },
      ],
      usage: { prompt_tokens: 14, completion_tokens: 16, total_tokens: 30 },
    });
    expect(data.id).toMatch(/^chatcmpl-\w{29}$/);
    expect(request_id).toMatch(/^req_\w{32}$/);
    expect(fake.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      model: 'gpt-4o',
      outcome: 'answered',
      body: { messages },
    });
  });

  it('gives n choices, and ignores what it need not know', async () => {
    fake.enqueue({ text: ['4805', '4808'] }, {});
    const two = await client.chat.completions.create({ model: 'gpt-4o', messages, n: 2, logit_bias: { 50256: -100 } });
    expect(two.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, '4805'],
      [1, '4808'],
    ]);
    const three = await client.chat.completions.create({ model: 'gpt-4o', messages, n: 3 });
    expect(three.choices).toHaveLength(3);
    expect(three.usage!.completion_tokens).toBe(3 * 16);
  });

  it('stops at max_completion_tokens', async () => {
    const cut = await client.chat.completions.create({ model: 'gpt-4o', messages, max_completion_tokens: 5 });
    expect(cut.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: defaultText.slice(0, 20) } });
    expect(cut.usage!.completion_tokens).toBe(5);
  });

  it('reports what was cached, reasoned and spoken inside the totals', async () => {
    fake.enqueue({
      usage: { input: 2000, output: 300, cacheRead: 1024, reasoning: 128, inputAudio: 40, outputAudio: 60 },
    });
    const { usage } = await client.chat.completions.create({ model: 'gpt-4o', messages });
    expect(usage).toEqual({
      prompt_tokens: 2000,
      completion_tokens: 300,
      total_tokens: 2300,
      prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 40 },
      completion_tokens_details: {
        reasoning_tokens: 128,
        audio_tokens: 60,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    });
  });

  it('calls a tool until the conversation has its result', async () => {
    const asked = await client.chat.completions.create({ model: 'gpt-4o', messages, tools: [lookUp] });
    const [choice] = asked.choices;
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ type: 'function', function: { name: 'look_up' } }] },
    });
    const [toolCall] = choice!.message.tool_calls!;
    expect(toolCall!.id).toMatch(/^call_/);
    expect(JSON.parse(toolCall!.type === 'function' ? toolCall!.function.arguments : '')).toEqual({
      mountain: 'text',
      unit: 'm',
    });

    const result = { role: 'tool' as const, tool_call_id: toolCall!.id, content: '4805' };
    const done = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [...messages, choice!.message, result],
      tools: [lookUp],
    });
    expect(done.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: defaultText } });
  });

  it('goes through runTools: two requests, and the tool is called once', async () => {
    const calls: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model: 'gpt-4o',
      messages,
      tools: [
        {
          type: 'function',
          function: {
            name: 'look_up',
            description: 'looks a mountain up',
            parameters: { type: 'object', properties: { mountain: { type: 'string' } } },
            parse: JSON.parse,
            function: (given: object) => {
              calls.push(given);
              return '4805';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe(defaultText);
    expect(calls).toEqual([{ mountain: 'text' }]);
    expect(fake.requests).toHaveLength(2);
  });

  it('fills the schema of a structured output, which parse() reads', async () => {
    const { choices } = await client.chat.completions.parse({
      model: 'gpt-4o',
      messages,
      response_format: heightFormat,
    });
    expect(JSON.parse(choices[0]!.message.content!)).toEqual({ metres: 1, names: ['text'] });
  });

  it('refuses in the field for it', async () => {
    fake.enqueue({ refusal: 'I am sorry, I cannot.' });
    const { choices } = await client.chat.completions.parse({
      model: 'gpt-4o',
      messages,
      response_format: heightFormat,
    });
    expect(choices[0]!.message).toMatchObject({ content: null, refusal: 'I am sorry, I cannot.' });
  });

  it('streams the role, the words, the reason and no figures', async () => {
    const chunks = await collect(await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true }));
    expect(chunks).toHaveLength(12);
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe(defaultText);
    expect(chunks.at(-1)!.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('adds a last chunk with figures and no choices when include_usage is true; all others carry null', async () => {
    const stream_options = { include_usage: true };
    const chunks = await collect(
      await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true, stream_options }),
    );
    expect(chunks.slice(0, -1).every(({ usage, choices }) => usage === null && choices.length === 1)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 14, completion_tokens: 16 } });
  });

  it('streams two choices in turn, each with its own end', async () => {
    fake.enqueue({ text: ['one two', 'three four'] });
    const chunks = await collect(
      await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true, n: 2 }),
    );
    const textOf = (index: number) =>
      chunks.flatMap(({ choices }) =>
        choices.filter((choice) => choice.index === index).map(({ delta }) => delta.content ?? ''),
      );
    expect([textOf(0).join(''), textOf(1).join('')]).toEqual(['one two', 'three four']);
    expect(
      chunks.flatMap(({ choices }) => choices).filter(({ finish_reason }) => finish_reason === 'stop'),
    ).toHaveLength(2);
  });

  it('streams tool calls by index, which the stream() helper puts together', async () => {
    fake.enqueue({
      toolCalls: [
        { name: 'look_up', arguments: { mountain: 'Mont Blanc', unit: 'm' }, id: 'call_1' },
        { name: 'look_up', arguments: { mountain: 'Matterhorn', unit: 'm' } },
      ],
    });
    const stream = client.chat.completions.stream({ model: 'gpt-4o', messages, tools: [lookUp] });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]!.finish_reason).toBe('tool_calls');
    expect(choices[0]!.message.tool_calls).toMatchObject([
      { id: 'call_1', function: { arguments: '{"mountain":"Mont Blanc","unit":"m"}' } },
      { function: { arguments: '{"mountain":"Matterhorn","unit":"m"}' } },
    ]);
  });

  it('comes in fewer pieces when asked to, and the helper gives the same whole', async () => {
    fake.enqueue({ pieces: 3 });
    const stream = client.chat.completions.stream({ model: 'gpt-4o', messages });
    let pieces = 0;
    stream.on('content', () => (pieces += 1));
    expect(await stream.finalContent()).toBe(defaultText);
    expect(pieces).toBe(3);
  });

  it('can be edited into the variants that other servers speak', async () => {
    fake.enqueue({
      edit: (chunk) => ({ ...chunk, x_groq: { usage: { prompt_tokens: 1 } } }),
    });
    const chunks = await collect(await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true }));
    expect(chunks[0]).toMatchObject({ x_groq: { usage: { prompt_tokens: 1 } } });
  });
});

async function collect(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
