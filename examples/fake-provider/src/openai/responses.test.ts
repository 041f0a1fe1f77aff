import type OpenAI from 'openai';
import type { ResponseStreamEvent, Tool } from 'openai/resources/responses/responses';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openaiMajors } from '../../test/openai-majors.ts';
import { defaultText } from '../answer/defaults.ts';
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts';

const input = 'How high is Mont Blanc?';
const lookUp: Tool = {
  type: 'function',
  name: 'look_up',
  strict: true,
  parameters: { type: 'object', properties: { mountain: { type: 'string' } } },
};

describe.each(openaiMajors)('responses, read by %s', (_, Client) => {
  let fake: FakeProvider;
  let client: OpenAI;
  beforeEach(async () => {
    fake = await startFakeProvider();
    client = new Client({ apiKey: 'fake', baseURL: fake.openaiBaseUrl, maxRetries: 0 });
  });
  afterEach(() => fake.close());

  it('answers with a message and figures', async () => {
    const response = await client.responses.create({ model: 'gpt-4.1', input, instructions: 'Be short.' });
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'gpt-4.1-2025-04-14',
      instructions: 'Be short.',
      output_text: defaultText,
      output: [{ type: 'message', role: 'assistant', status: 'completed' }],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 16,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 26,
      },
    });
    expect(response.id).toMatch(/^resp_\w{48}$/);
  });

  it('reasons before it speaks where the model does, and says so inside the output tokens', async () => {
    const response = await client.responses.create({
      model: 'o4-mini',
      input,
      reasoning: { effort: 'low', summary: 'auto' },
    });
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
    expect(response.usage).toMatchObject({ output_tokens: 16 + 128, output_tokens_details: { reasoning_tokens: 128 } });
  });

  it('calls a function until the input has its output', async () => {
    const asked = await client.responses.create({ model: 'gpt-4.1', input, tools: [lookUp] });
    const [call] = asked.output;
    if (call?.type !== 'function_call') throw new Error('expected a function call');
    expect(call).toMatchObject({ name: 'look_up', arguments: '{"mountain":"text"}', status: 'completed' });
    const done = await client.responses.create({
      model: 'gpt-4.1',
      tools: [lookUp],
      input: [
        { role: 'user', content: input },
        call,
        { type: 'function_call_output', call_id: call.call_id, output: '4805' },
      ],
    });
    expect(done.output_text).toBe(defaultText);
  });

  it('fills the schema of a structured output, which parse() reads', async () => {
    const schema = { type: 'object', properties: { metres: { type: 'integer' } } };
    const response = await client.responses.parse({
      model: 'gpt-4.1',
      input,
      text: { format: { type: 'json_schema', name: 'height', schema } },
    });
    expect(JSON.parse(response.output_text)).toEqual({ metres: 1 });
  });

  it('streams the events of the API in their order, numbered', async () => {
    const events = await collect(await client.responses.create({ model: 'gpt-4.1', input, stream: true }));
    expect(events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, at) => at));
    expect(events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')).toBe(
      defaultText,
    );
    expect(events.at(-1)).toMatchObject({
      response: { status: 'completed', usage: { input_tokens: 8, output_tokens: 16 } },
    });
    const begun = events[0]!;
    expect(begun.type === 'response.created' && 'usage' in begun.response).toBe(false);
  });

  it('streams reasoning, text and a function call, which the stream() helper puts together', async () => {
    fake.enqueue({
      thinking: 'Let me see.',
      text: 'I look it up.',
      toolCalls: [{ name: 'look_up', arguments: { mountain: 'Mont Blanc' } }],
    });
    const stream = client.responses.stream({ model: 'gpt-4.1', input, tools: [lookUp] });
    const response = await stream.finalResponse();
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Let me see.' }] },
      { type: 'message', content: [{ type: 'output_text', text: 'I look it up.' }] },
      { type: 'function_call', arguments: '{"mountain":"Mont Blanc"}' },
    ]);
    expect(response.usage!.output_tokens_details.reasoning_tokens).toBe(3);
  });

  it('streams a refusal', async () => {
    fake.enqueue({ refusal: 'I am sorry.' });
    const response = await client.responses.stream({ model: 'gpt-4.1', input }).finalResponse();
    expect(response.output).toMatchObject([
      { type: 'message', content: [{ type: 'refusal', refusal: 'I am sorry.' }] },
    ]);
  });

  it.each([
    ['length', 'response.incomplete', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    [
      'content_filter',
      'response.incomplete',
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
    ],
    ['failed', 'response.failed', { status: 'failed', error: { code: 'server_error' }, output: [] }],
  ] as const)('that end with %s close with %s', async (finish, type, response) => {
    fake.enqueue({ finish, times: 2 });
    expect(await client.responses.create({ model: 'gpt-4.1', input })).toMatchObject(response);
    const events = await collect(await client.responses.create({ model: 'gpt-4.1', input, stream: true }));
    expect(events.at(-1)).toMatchObject({ type, response });
  });

  it('can be asked for again by id, whole or from an event on', async () => {
    const { id } = await client.responses.create({ model: 'gpt-4.1', input });
    const again = await client.responses.retrieve(id);
    expect(again).toMatchObject({ id, output_text: defaultText });
    const events = await collect(await client.responses.retrieve(id, { stream: true, starting_after: 2 }));
    expect(events[0]).toMatchObject({ sequence_number: 3 });
    expect(events.at(-1)!.type).toBe('response.completed');
  });

  it('are not kept with store: false, and an unknown id is a 404', async () => {
    const { id } = await client.responses.create({ model: 'gpt-4.1', input, store: false });
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404, type: 'invalid_request_error' });
  });

  it('can fail inside the stream', async () => {
    fake.enqueue({ error: 'server_error', failAfterChunks: 5 });
    const seen: string[] = [];
    const read = async () => {
      for await (const event of await client.responses.create({ model: 'gpt-4.1', input, stream: true }))
        seen.push(event.type);
    };
    await expect(read()).rejects.toThrow('The server had an error');
    expect(seen).toHaveLength(5);
  });
});

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
