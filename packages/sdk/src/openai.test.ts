import { describe, expect, it } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { agent, role } from './agent.ts';
import { observe } from './observe.ts';
import { watch } from './watch.ts';

const h = harness();
const person = {
  type: 'json_schema' as const,
  json_schema: { name: 'person', strict: true, schema: { type: 'object', properties: { name: { type: 'string' } } } },
};

describe.each(majors)('%s', (_, Client) => {
  it('LLM-12 COST-01 a chat completion is one span with tokens, cost, latency, model and role', async () => {
    h.fake.enqueue({ usage: { input: 152, output: 487 }, id: 'chatcmpl-abc123' });
    const client = watch(h.openai(Client));
    await agent({ name: 'analyst', tenant: 'acme-corp' }, () =>
      role('researcher', () => client.chat.completions.create(hello)),
    )();
    const span = (await h.spans()).find(({ name }) => name === 'chat gpt-4o')!;
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 152,
      'gen_ai.usage.output_tokens': 487,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'tally.role': 'researcher',
    });
    // 152 × $2.50 + 487 × $10 per million tokens.
    expect(span.attributes['tally.cost.usd']).toBeCloseTo(0.00525, 12);
    expect(span.end).toBeGreaterThan(span.start);
  });

  it.each([
    ['watch', watch],
    ['observe', observe],
  ])('LLM-12 %s: parse and runTools count each request once', async (_name, door) => {
    const client = door(h.openai(Client));
    h.fake.enqueue({ text: '{"name":"Ada"}' });
    const parsed = await client.chat.completions.parse({ ...hello, response_format: person });
    expect(parsed.choices[0]!.message.content).toContain('Ada');
    expect(await h.spans()).toHaveLength(1);
    h.fake.enqueue({ toolCalls: [{ name: 'now', arguments: {} }], finish: 'tool_calls' }, { text: 'It is noon.' });
    const runner = client.chat.completions.runTools({
      ...hello,
      tools: [
        { type: 'function', function: { name: 'now', description: 'time', parameters: {}, function: () => 'noon' } },
      ],
    } as never);
    expect(await runner.finalContent()).toBe('It is noon.');
    // Two model calls, two spans.
    expect(await h.spans()).toHaveLength(3);
  });

  it('LLM-12 responses.create and responses.parse are chat spans of their own API type', async () => {
    const client = watch(h.openai(Client));
    h.fake.enqueue({ usage: { input: 80, output: 20, cacheRead: 64, reasoning: 8 } }, { text: '{"name":"Ada"}' });
    const response = await client.responses.create({
      model: 'o3',
      input: 'Think.',
      reasoning: { effort: 'low' },
      max_output_tokens: 500,
    });
    await client.responses.parse({
      model: 'gpt-4o',
      input: 'Who?',
      text: { format: { ...person.json_schema, type: 'json_schema' } },
    });
    const [first, second] = await h.spans();
    expect(first!.attributes).toMatchObject({
      'openai.api.type': 'responses',
      'gen_ai.request.reasoning.level': 'low',
      'gen_ai.request.max_tokens': 500,
      'gen_ai.response.id': response.id,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 80,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.reasoning.output_tokens': 8,
    });
    expect(second!.attributes['gen_ai.output.type']).toBe('json');
    expect(await h.spans()).toHaveLength(2);
  });

  it('LLM-13 embeddings are a span with dimensions, encoding and input tokens, and the vectors arrive as ever', async () => {
    const body = { model: 'text-embedding-3-small', input: 'hello', dimensions: 8, encoding_format: 'float' as const };
    const bare = await h.openai(Client).embeddings.create(body);
    const answer = await watch(h.openai(Client)).embeddings.create(body);
    expect(answer.data[0]!.embedding).toEqual(bare.data[0]!.embedding);
    const span = await h.span();
    expect(span.name).toBe('embeddings text-embedding-3-small');
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.embeddings.dimension.count': 8,
      'gen_ai.request.encoding_formats': ['float'],
      'gen_ai.usage.input_tokens': answer.usage.prompt_tokens,
    });
    await watch(h.openai(Client)).embeddings.create({ model: 'text-embedding-3-small', input: 'hello' });
    expect(await h.spans()).toHaveLength(2);
  });

  it('LLM-27 OBS-69 COST-09 the request model is recorded as sent, also when the call fails', async () => {
    h.fake.enqueue({ error: 'unknown_model' });
    await watch(h.openai(Client))
      .chat.completions.create({ ...hello, model: 'gpt-99-Ultra' })
      .catch(() => undefined);
    const span = await h.span();
    expect(span.attributes['gen_ai.request.model']).toBe('gpt-99-Ultra');
    expect(span.attributes['error.type']).toBe('404');
    expect(span.failed).toBe(true);
  });

  it('LLM-28 LLM-31 OBS-70 OBS-73 COST-10 the response model and id are what the provider answered', async () => {
    h.fake.enqueue({ id: 'chatcmpl-abc123', answersAs: 'gpt-4o-2024-08-06' });
    await watch(h.openai(Client)).chat.completions.create(hello);
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': 'chatcmpl-abc123',
    });
  });

  it('LLM-32 OBS-74 finish reasons are a list in the order of the choices', async () => {
    h.fake.enqueue({ text: ['one', 'two'], finish: 'length' });
    await watch(h.openai(Client)).chat.completions.create({ ...hello, n: 2 });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.request.choice.count': 2,
      'gen_ai.response.finish_reasons': ['length', 'length'],
    });
  });

  it('LLM-46 fifty calls at once are fifty spans, each under its own parent', async () => {
    const client = watch(h.openai(Client));
    const worker = (name: string) =>
      agent({ name }, () => client.chat.completions.create({ ...hello, model: `model-${name}` }))();
    await Promise.all(Array.from({ length: 50 }, (_item, index) => worker(`a${index}`)));
    const spans = await h.spans();
    const calls = spans.filter((span) => span.attributes['gen_ai.operation.name'] === 'chat');
    expect(calls).toHaveLength(50);
    for (const call of calls) {
      const parent = spans.find((span) => span.spanId === call.parentSpanId)!;
      expect(parent.attributes['gen_ai.agent.name']).toBe(call.attributes['gen_ai.agent.name']);
      expect(call.attributes['gen_ai.request.model']).toBe(`model-${String(call.attributes['gen_ai.agent.name'])}`);
    }
  });

  it('what the library retries inside is one span', async () => {
    h.fake.enqueue({ error: 'rate_limit' });
    const client = watch(h.openai(Client).withOptions({ maxRetries: 2 }));
    await client.chat.completions.create(hello);
    expect(h.fake.requests).toHaveLength(2);
    expect((await h.span()).failed).toBe(false);
  });

  it('a body that is no JSON fails as it would without us, and the span says so', async () => {
    h.fake.enqueue({ status: 200, body: '{"id": "cut', headers: { 'content-type': 'application/json' } });
    const bare = await h
      .openai(Client)
      .chat.completions.create(hello)
      .catch((error: unknown) => error);
    h.fake.enqueue({ status: 200, body: '{"id": "cut', headers: { 'content-type': 'application/json' } });
    const seen = await watch(h.openai(Client))
      .chat.completions.create(hello)
      .catch((error: unknown) => error);
    expect((seen as Error).constructor).toBe((bare as Error).constructor);
    expect((seen as Error).message).toBe((bare as Error).message);
    expect((await h.span()).failed).toBe(true);
  });

  it('an error nobody handles is reported once, as without us', async () => {
    const count = async (client: ReturnType<typeof h.openai>) => {
      const seen: unknown[] = [];
      const before = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.on('unhandledRejection', (reason) => seen.push(reason));
      h.fake.enqueue({ error: 'server_error' }, { error: 'server_error' }, { error: 'server_error' });
      void client.chat.completions.create(hello);
      void client.chat.completions.create(hello).withResponse();
      await client.chat.completions.parse({ ...hello, response_format: person }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener);
      return seen.map((reason) => (reason as { status: number }).status);
    };
    expect(await count(watch(h.openai(Client)))).toEqual(await count(h.openai(Client)));
  });

  it('hostile arguments reach the library as they are', async () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    );
    const client = watch(h.openai(Client));
    await expect((async () => client.chat.completions.create(trap as never))()).rejects.toThrow('trap');
    await expect((async () => client.chat.completions.create(null as never))()).rejects.toThrow(TypeError);
    await client.chat.completions.create({ ...hello, logit_bias: null, temperature: Number.NaN } as never);
    expect((await h.spans()).map((span) => span.failed).at(-1)).toBe(false);
  });
});
