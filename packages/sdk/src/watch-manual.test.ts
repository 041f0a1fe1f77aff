/** What the sources of our requirements say of watch(), read as a manual: one line of code, what it records, and what it leaves alone. */
import { trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { program } from '../test/program.ts';
import { adapterOf } from './adapters/registry.ts';
import { flush } from './index.ts';
import { Instrumentor } from './instrumentor.ts';
import { observe } from './observe.ts';
import { unwatch, watch } from './watch.ts';

const h = harness();
afterEach(() => vi.unstubAllEnvs());

const ask = (client: ReturnType<typeof h.openai>, more: object = {}) =>
  client.chat.completions.create({ ...hello, ...more });

describe.each(majors)('%s', (_, Client) => {
  it('INF-01 INF-25 EXT-16 one added line records a program that otherwise stays as it is', async () => {
    const source = (line: string) => `
      const client = ${line};
      const answer = await client.chat.completions.create(${JSON.stringify(hello)});
      for await (const chunk of await client.chat.completions.create({ ...${JSON.stringify(hello)}, stream: true }))
        process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
      console.log(answer.choices[0].message.content, answer.constructor.name);`;
    const env = { BASE: h.fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url };
    const bare = await program(source(`new OpenAI({ apiKey: 'k', baseURL: env.BASE })`), env);
    const watched = await program(source(`sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.BASE }))`), env);
    expect(watched).toEqual(bare);
    expect(bare.stdout.length).toBeGreaterThan(10);
    expect(await h.spans()).toHaveLength(2);
  });

  it('INF-02 watch, observe and an instrumentor on one client record each call once', async () => {
    const client = watch(h.openai(Client));
    const instrumentor = new Instrumentor(adapterOf(client)!).instrument({ module: Client });
    await ask(observe(client));
    await ask(client);
    instrumentor.uninstrument();
    expect(await h.spans()).toHaveLength(2);
  });

  it('INF-03 INF-04 only this object is touched: the prototype and other clients stay as they were', async () => {
    const prototype = Object.getPrototypeOf(h.openai(Client).chat.completions) as object;
    const before = Object.getOwnPropertyDescriptors(prototype);
    const other = h.openai(Client);
    watch(h.openai(Client));
    expect(Object.getOwnPropertyDescriptors(prototype)).toEqual(before);
    await ask(other);
    expect(await h.spans()).toEqual([]);
  });

  it('INF-05 INF-07 the same object comes back, so that it can be made in place, with options', async () => {
    const client = h.openai(Client);
    expect(watch(client)).toBe(client);
    const inPlace = watch(h.openai(Client), { captureContent: true });
    await ask(inPlace);
    expect((await h.span()).attributes['gen_ai.input.messages']).toContain('Say hello.');
  });

  it('INF-06 TK-16 TK-17 content is recorded when asked for, and not before', async () => {
    await ask(watch(h.openai(Client)));
    await ask(watch(h.openai(Client), { captureContent: true }));
    const [off, on] = await h.spans();
    expect(off!.attributes['gen_ai.output.messages']).toBeUndefined();
    expect(on!.attributes['gen_ai.output.messages']).toBeDefined();
  });

  it('INF-08 INF-13 INF-14 INF-15 INF-16 INF-49 provider, model and tokens are those of the answer, for both APIs', async () => {
    const client = watch(h.openai(Client));
    const usage = { input: 20, output: 30, cacheRead: 8, reasoning: 5 };
    h.fake.enqueue({ usage }, { usage });
    await ask(client);
    await client.responses.create({ model: 'gpt-4o', input: 'Hi.' });
    for (const { attributes } of await h.spans())
      expect(attributes).toMatchObject({
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.output_tokens': 30,
        'gen_ai.usage.cache_read.input_tokens': 8,
        'gen_ai.usage.reasoning.output_tokens': 5,
      });
  });

  it('INF-17 a temperature of 0 is recorded, and none when none is given', async () => {
    await ask(watch(h.openai(Client)), { temperature: 0 });
    await ask(watch(h.openai(Client)));
    const [zero, none] = await h.spans();
    expect(zero!.attributes['gen_ai.request.temperature']).toBe(0);
    expect(none!.attributes).not.toHaveProperty('gen_ai.request.temperature');
  });

  it('INF-18 INF-27 TK-59 latency runs from the call to the end of reading; time to first chunk is apart', async () => {
    h.fake.enqueue({ text: 'a b c', delayMs: 40 });
    const stream = await watch(h.openai(Client)).chat.completions.create({ ...hello, stream: true });
    const readerPauseMs = 25;
    for await (const chunk of stream) if (chunk) await new Promise((resolve) => setTimeout(resolve, readerPauseMs));
    const { start, end, attributes } = await h.span();
    const nanos = end - start;
    const speed =
      Number(attributes['gen_ai.usage.output_tokens']) /
      (Number(nanos) / 1e9 - Number(attributes['gen_ai.response.time_to_first_chunk']));
    expect(attributes['tally.output.tokens_per_second']).toBe(Math.round(speed));
    const first = attributes['gen_ai.response.time_to_first_chunk'] as number;
    expect(nanos).toBeGreaterThan(BigInt(40 + 3 * readerPauseMs - 5) * 1_000_000n);
    expect(first).toBeGreaterThan(0.035);
    // A slow reader lengthens the latency and not the time to the first chunk.
    expect(BigInt(Math.round(first * 1e9))).toBeLessThan(nanos - BigInt(2 * readerPauseMs) * 1_000_000n);
  });

  it('INF-19 INF-20 TK-57 an error has its type and its class; what the provider wrote stays out, as it may quote the prompt', async () => {
    const quoting = { error: { message: 'You said: open sesame', type: 'invalid_request_error', code: null } };
    for (const captureContent of [false, true]) {
      h.fake.enqueue({ status: 429, body: quoting });
      const failing = ask(watch(h.openai(Client), { captureContent }));
      await expect(failing).rejects.toThrow('open sesame');
    }
    const [off, on] = await h.spans();
    expect(off).toMatchObject({ failed: true, statusMessage: 'HTTP 429' });
    expect(off!.attributes).toMatchObject({ 'error.type': '429', 'tally.exception.type': 'RateLimitError' });
    expect(JSON.stringify(off!.attributes)).not.toContain('sesame');
    expect(on!.statusMessage).toContain('open sesame');
  });

  it('INF-21 INF-23 a preview is the last two messages and 500 characters, and never half an emoji', async () => {
    const messages = ['one', 'two', 'three', 'four', '😀'.repeat(5000)].map((content) => ({
      role: 'user' as const,
      content,
    }));
    await ask(watch(h.openai(Client), { captureContent: 'preview' }), { messages });
    await ask(watch(h.openai(Client), { captureContent: 'preview' }), { messages: [messages[4]!, messages[3]!] });
    const seen = (await h.spans()).map(
      ({ attributes }) =>
        JSON.parse(attributes['gen_ai.input.messages'] as string) as { parts: { content: string }[] }[],
    );
    for (const kept of seen) {
      const text = kept.flatMap(({ parts }) => parts.map(({ content }) => content)).join('');
      expect(kept.length).toBeLessThanOrEqual(2);
      expect(text.length).toBeLessThanOrEqual(500);
      expect(text).not.toMatch(/\p{Surrogate}/u);
    }
    expect(JSON.stringify(seen)).not.toContain('three');
  });

  it('INF-22 what is kept of a long stream is bounded, whatever comes', async () => {
    const word = 'x'.repeat(1000);
    h.fake.enqueue({ text: Array.from({ length: 3000 }, () => word).join(' '), pieces: 3000 });
    let read = 0;
    const client = watch(h.openai(Client), { captureContent: 'preview' });
    for await (const chunk of await client.chat.completions.create({ ...hello, stream: true }))
      read += chunk.choices[0]?.delta.content?.length ?? 0;
    expect(read).toBeGreaterThan(3_000_000);
    const { attributes } = await h.span();
    const [message] = JSON.parse(attributes['gen_ai.output.messages'] as string) as { parts: { content: string }[] }[];
    expect(message!.parts[0]!.content).toHaveLength(500);
    expect(attributes['tally.stream.chunks']).toBeGreaterThan(2900);
  });

  it('INF-24 INF-28 INF-30 INF-31 TK-56 a stream is the library’s own, nothing is recorded before it ends, and then once', async () => {
    const client = watch(h.openai(Client));
    const bare = await h.openai(Client).chat.completions.create({ ...hello, stream: true });
    const stream = await client.chat.completions.create({ ...hello, stream: true });
    expect(stream.constructor.name).toBe(bare.constructor.name);
    expect(Object.keys(stream)).toEqual(Object.keys(bare));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await flush(1000);
    expect(await h.spans()).toEqual([]);
    while (!(await iterator.next()).done);
    expect(await h.spans()).toHaveLength(1);
    for await (const chunk of bare) void chunk;
  });

  it('INF-26 TK-59 totals of a stream come from its last chunk, with finish reason and token metrics', async () => {
    h.fake.enqueue({ usage: { input: 11, output: 13 }, finish: 'length' });
    for await (const chunk of await watch(h.openai(Client)).chat.completions.create({ ...hello, stream: true }))
      void chunk;
    expect((await h.span()).attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 13,
      'gen_ai.response.finish_reasons': ['length'],
    });
    const tokens = h.sink.points().filter(({ metric }) => metric === 'gen_ai.client.token.usage');
    expect(tokens.length).toBeGreaterThan(0);
  });

  it('INF-29 a stream that is exhausted and then disposed of is recorded once', async () => {
    const stream = await watch(h.openai(Client)).chat.completions.create({ ...hello, stream: true });
    const iterator = stream[Symbol.asyncIterator]();
    while (!(await iterator.next()).done);
    await iterator.return?.();
    stream.controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const spans = await h.spans();
    expect(spans).toHaveLength(1);
    expect(spans[0]!.failed).toBe(false);
  });

  it('INF-36 after unwatch nothing is recorded, and the methods are the library’s own', async () => {
    const client = h.openai(Client);
    const { create } = client.chat.completions;
    watch(client);
    expect(client.chat.completions.create).not.toBe(create);
    unwatch(client);
    expect(client.chat.completions.create).toBe(create);
    expect(Object.hasOwn(client.chat.completions, 'create')).toBe(false);
    await ask(client);
    expect(await h.spans()).toEqual([]);
  });

  it('TK-53 every request parameter of the conventions is recorded as sent', async () => {
    await ask(watch(h.openai(Client)), {
      temperature: 0.2,
      top_p: 0.9,
      max_completion_tokens: 77,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      seed: 42,
      stop: ['END', 'STOP'],
      n: 2,
      response_format: { type: 'json_object' },
      service_tier: 'flex',
    });
    const { attributes, kind, name } = await h.span();
    expect([kind, name]).toEqual([3, 'chat gpt-4o']);
    expect(attributes).toMatchObject({
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.max_tokens': 77,
      'gen_ai.request.frequency_penalty': 0.5,
      'gen_ai.request.presence_penalty': -0.5,
      'gen_ai.request.seed': 42,
      'gen_ai.request.stop_sequences': ['END', 'STOP'],
      'gen_ai.request.choice.count': 2,
      'gen_ai.output.type': 'json',
      'openai.request.service_tier': 'flex',
    });
  });

  it('TK-54 server.address and server.port are those of the base URL', async () => {
    await ask(watch(h.openai(Client)));
    expect((await h.span()).attributes).toMatchObject({
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(h.fake.url).port),
    });
  });
});

describe('without any set-up', () => {
  it('TK-13 importing and watching touches no network and leaves nothing behind', async () => {
    const ran = await program(
      `const client = sdk.watch(new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9' }));
       console.log(typeof client.chat.completions.create, process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap').join());`,
    );
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: 'function \n' });
  });

  it('INF-43 a call outside of any agent is a span all the same, and no global provider appears', async () => {
    await ask(watch(h.openai()));
    expect((await h.span()).attributes).not.toHaveProperty('gen_ai.agent.name');
    expect(trace.getTracerProvider().constructor.name).toBe('ProxyTracerProvider');
  });

  it.each([
    ['true', true],
    ['TRUE', true],
    ['span_only', true],
    ['SPAN_AND_EVENT', true],
    ['false', false],
    ['no_content', false],
    ['event_only', false],
    ['perhaps', false],
    ['', false],
  ])('TK-18 OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=%s', async (value, captured) => {
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', value);
    h.init();
    await ask(watch(h.openai()));
    expect('gen_ai.input.messages' in (await h.span()).attributes).toBe(captured);
  });

  it('TK-21 an end user’s id is not recorded', async () => {
    await ask(watch(h.openai()), { user: 'someone@example.org', safety_identifier: 'id-of-someone' });
    const sent = JSON.stringify(await h.span(), (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(sent).not.toContain('someone');
  });
});
