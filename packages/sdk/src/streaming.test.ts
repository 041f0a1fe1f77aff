import { describe, expect, it } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { watch } from './watch.ts';

const h = harness();
const streamed = { ...hello, stream: true as const };

describe.each(majors)('%s streams', (_, Client) => {
  it('LLM-42 the caller gets the library’s own stream, every chunk in order, the first before the last is sent', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    h.fake.enqueue({ text: 'one two three', waitAfterChunks: 2, until: held });
    const bareStream = await h.openai(Client).chat.completions.create(streamed);
    release();
    const bare: unknown[] = [];
    for await (const chunk of bareStream) bare.push({ ...chunk, id: '', created: 0 });

    let releaseSeen = () => {};
    h.fake.enqueue({
      text: 'one two three',
      waitAfterChunks: 2,
      until: new Promise<void>((resolve) => (releaseSeen = resolve)),
    });
    const stream = await watch(h.openai(Client)).chat.completions.create(streamed);
    expect(stream.constructor).toBe(bareStream.constructor);
    expect(stream.controller).toBeInstanceOf(AbortController);
    const iterator = stream[Symbol.asyncIterator]();
    const first = await iterator.next();
    // Only now may the fake send the rest: a wrapper that buffers would never get here.
    releaseSeen();
    const seen: unknown[] = [{ ...(first.value as object), id: '', created: 0 }];
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      seen.push({ ...next.value, id: '', created: 0 });
    expect(seen).toEqual(bare);
    const { attributes } = await h.span();
    expect(attributes['tally.stream.chunks']).toBe(seen.length);
  });

  it('LLM-42 tee and toReadableStream read the same chunks', async () => {
    const [left, right] = (await watch(h.openai(Client)).chat.completions.create(streamed)).tee();
    const read = async (stream: AsyncIterable<{ choices: { delta: { content?: string | null } }[] }>) => {
      let text = '';
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      return text;
    };
    const [a, b] = await Promise.all([read(left), read(right)]);
    expect(a).toBe(b);
    expect(a.length).toBeGreaterThan(0);
    const readable = (await watch(h.openai(Client)).chat.completions.create(streamed)).toReadableStream();
    const text = await new Response(readable).text();
    expect(
      text
        .split('\n')
        .filter(Boolean)
        .every((line) => JSON.parse(line) !== null),
    ).toBe(true);
    expect(await h.spans()).toHaveLength(2);
  });

  it('LLM-43 the span closes when the stream ends, not when create returns', async () => {
    const stream = await watch(h.openai(Client)).chat.completions.create(streamed);
    expect(await h.spans()).toHaveLength(0);
    for await (const chunk of stream) void chunk;
    expect((await h.span()).failed).toBe(false);
  });

  it('LLM-43 leaving a stream early closes the span once, without calling it an error', async () => {
    const stream = await watch(h.openai(Client)).chat.completions.create(streamed);
    for await (const chunk of stream) if (chunk) break;
    const span = await h.span();
    expect(span.failed).toBe(false);
    expect(span.attributes).toMatchObject({ 'gen_ai.response.finish_reasons': ['error'], 'tally.ended_by': 'break' });
    expect(stream.controller.signal.aborted).toBe(true);
  });

  it('LLM-43 aborting closes the span, whoever aborts', async () => {
    h.fake.enqueue(
      { text: 'one two three four', hangAfterChunks: 2 },
      { text: 'one two three four', hangAfterChunks: 2 },
    );
    const own = await watch(h.openai(Client)).chat.completions.create(streamed);
    for await (const chunk of own) if (chunk.choices[0]?.delta.content) own.controller.abort();
    const outside = new AbortController();
    const other = await watch(h.openai(Client)).chat.completions.create(streamed, { signal: outside.signal });
    outside.abort();
    void other;
    await expect
      .poll(async () => (await h.spans()).map((span) => span.attributes['error.type']))
      .toEqual(['aborted', 'aborted']);
  });

  it('LLM-43 a stream that nobody reads closes its span when it is collected', async () => {
    const gc = (globalThis as { gc?: () => void }).gc;
    expect(gc, 'the tests run with --expose-gc').toBeTypeOf('function');
    await (async () => {
      await watch(h.openai(Client)).chat.completions.create(streamed);
    })();
    await expect
      .poll(async () => (gc!(), await new Promise((resolve) => setTimeout(resolve, 20)), (await h.spans()).length), {
        timeout: 15_000,
      })
      .toBe(1);
    expect((await h.span()).attributes['tally.ended_by']).toBe('abandoned');
  });

  it('LLM-44 streamed tokens are the provider’s, without asking the caller or showing the extra chunk', async () => {
    h.fake.enqueue({ usage: { input: 321, output: 45, cacheRead: 256, reasoning: 7 } });
    const chunks: { choices: unknown[]; usage?: unknown }[] = [];
    for await (const chunk of await watch(h.openai(Client)).chat.completions.create(streamed)) chunks.push(chunk);
    expect(chunks.every((chunk) => chunk.choices.length > 0)).toBe(true);
    expect(h.fake.requests[0]!.body).toMatchObject({ stream_options: { include_usage: true } });
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 321,
      'gen_ai.usage.output_tokens': 45,
      'gen_ai.usage.cache_read.input_tokens': 256,
      'gen_ai.usage.reasoning.output_tokens': 7,
    });
  });

  it('LLM-44 a caller who asked for usage still gets the chunk', async () => {
    const chunks: unknown[] = [];
    const body = { ...streamed, stream_options: { include_usage: true } };
    for await (const chunk of await watch(h.openai(Client)).chat.completions.create(body)) chunks.push(chunk);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
  });

  it('LLM-44 with streamUsage off the request is byte-identical and the tokens are absent, not 0', async () => {
    for await (const chunk of await h.openai(Client).chat.completions.create(streamed)) void chunk;
    for await (const chunk of await watch(h.openai(Client), { streamUsage: 'off' }).chat.completions.create(streamed))
      void chunk;
    expect(h.fake.requests[1]!.rawBody).toBe(h.fake.requests[0]!.rawBody);
    expect((await h.span()).attributes).not.toHaveProperty('gen_ai.usage.input_tokens');
  });

  it('LLM-44 the caller’s own request object is never changed', async () => {
    const body = Object.freeze({ ...streamed });
    for await (const chunk of await watch(h.openai(Client)).chat.completions.create(body)) void chunk;
    expect(Object.keys(body)).toEqual(['model', 'messages', 'stream']);
  });

  it('LLM-45 LLM-32 a stream cut midway is an error with what had come: first-chunk time, chunk count, finish reason error', async () => {
    h.fake.enqueue({ text: 'one two three four five', dropAfterChunks: 3 });
    const stream = await watch(h.openai(Client)).chat.completions.create(streamed);
    const error = await (async () => {
      for await (const chunk of stream) void chunk;
    })().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    const span = await h.span();
    expect(span.failed).toBe(true);
    expect(span.attributes).toMatchObject({ 'gen_ai.response.finish_reasons': ['error'], 'tally.stream.chunks': 3 });
    expect(span.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(span.attributes['gen_ai.response.model']).toMatch(/^gpt-4o/);
    expect(JSON.stringify(span.attributes)).not.toContain('one two');
  });

  it('LLM-45 partial text is kept only when content is on', async () => {
    h.fake.enqueue({ text: 'one two three four five', dropAfterChunks: 4 });
    const stream = await watch(h.openai(Client), { captureContent: true }).chat.completions.create(streamed);
    await (async () => {
      for await (const chunk of stream) void chunk;
    })().catch(() => undefined);
    expect(String((await h.span()).attributes['gen_ai.output.messages'])).toContain('one');
  });

  it('LLM-12 the stream helper of chat and of responses is one span each, read by events or by awaiting', async () => {
    const client = watch(h.openai(Client));
    const words: string[] = [];
    const runner = client.chat.completions.stream(hello).on('content', (delta) => words.push(delta));
    const final = await runner.finalChatCompletion();
    expect(words.join('')).toBe(final.choices[0]!.message.content);
    const response = await client.responses.stream({ model: 'gpt-4o', input: 'Say hello.' }).finalResponse();
    expect(response.status).toBe('completed');
    const spans = await h.spans();
    expect(spans.map((span) => span.attributes['openai.api.type'])).toEqual(['chat_completions', 'responses']);
    expect(spans[0]!.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
    expect(spans[1]!.attributes['gen_ai.usage.input_tokens']).toBe(response.usage!.input_tokens);
  });

  it('streamed responses carry usage, status and first-chunk time', async () => {
    h.fake.enqueue({ usage: { input: 90, output: 12, cacheRead: 64, reasoning: 4 } }, { finish: 'length' });
    const client = watch(h.openai(Client));
    for await (const event of await client.responses.create({ model: 'gpt-4.1', input: 'Hi.', stream: true }))
      void event;
    for await (const event of await client.responses.create({ model: 'gpt-4.1', input: 'Hi.', stream: true }))
      void event;
    const [done, cut] = await h.spans();
    expect(done!.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 90,
      'gen_ai.usage.output_tokens': 12,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.reasoning.output_tokens': 4,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.request.stream': true,
    });
    expect(cut!.attributes['gen_ai.response.finish_reasons']).toEqual(['length']);
  });
});
