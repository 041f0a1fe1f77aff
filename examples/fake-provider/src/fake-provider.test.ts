import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultText } from './answer/defaults.ts';
import { type FakeProvider, startFakeProvider } from './fake-provider.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];
const asked = { model: 'gpt-4o', messages };
const streamed = { ...asked, stream: true } as const;

describe('a fake provider', () => {
  let fake: FakeProvider;
  let openai: OpenAI;
  beforeEach(async () => {
    fake = await startFakeProvider();
    openai = new OpenAI({ apiKey: 'fake', baseURL: fake.openaiBaseUrl, maxRetries: 0, logLevel: 'off' });
  });
  afterEach(() => fake.close());

  it('gives the replies in turn, to the path and model they name, as often as they say', async () => {
    const anthropic = new Anthropic({ apiKey: 'fake', baseURL: fake.anthropicBaseUrl });
    fake.enqueue(
      { path: '/v1/messages', text: 'for Claude' },
      { model: 'gpt-4o-mini', text: 'for mini' },
      { text: 'for anybody', times: 2 },
    );
    const say = async (model: string) =>
      (await openai.chat.completions.create({ model, messages })).choices[0]!.message.content;
    expect(await say('gpt-4o')).toBe('for anybody');
    expect(await say('gpt-4o-mini')).toBe('for mini');
    expect(await say('gpt-4o-mini')).toBe('for anybody');
    expect(await say('gpt-4o')).toBe(defaultText);
    expect(fake.waiting).toBe(1);
    const { content } = await anthropic.messages.create({ model: 'claude-sonnet-4-20250514', max_tokens: 9, messages });
    expect(content).toMatchObject([{ text: 'for Claude' }]);
    expect(fake.waiting).toBe(0);
  });

  it('asks the script when the queue is empty, and answers by itself when the script does not', async () => {
    fake.respond(({ body }) => (JSON.stringify(body).includes('capital') ? { text: 'Paris' } : undefined));
    const say = async (content: string) =>
      (await openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] })).choices[0]!
        .message.content;
    expect([await say('The capital of France?'), await say('The time?')]).toEqual(['Paris', defaultText]);
  });

  it('says what is wrong in a script instead of hanging', async () => {
    fake.respond(() => {
      throw new RangeError('no reply for turn 3');
    });
    await expect(openai.chat.completions.create(asked)).rejects.toMatchObject({
      status: 500,
      message: expect.stringContaining('no reply for turn 3'),
    });
  });

  it('makes the same ids from the same seed', async () => {
    const ids = async (seed?: string) => {
      const other = await startFakeProvider(seed === undefined ? {} : { seed });
      const client = new OpenAI({ apiKey: 'fake', baseURL: other.openaiBaseUrl });
      const { id } = await client.chat.completions.create(asked);
      await other.close();
      return id;
    };
    expect(await ids()).toBe(await ids());
    expect(await ids('another')).not.toBe(await ids());
  });

  it('holds a stream until the test lets it go on: the client has the first chunks before the last are sent', async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake.enqueue({ waitAfterChunks: 2, until });
    const stream = await openai.chat.completions.create(streamed);
    let seen = 0;
    for await (const _chunk of stream) {
      seen += 1;
      if (seen !== 2) continue;
      expect(fake.requests[0]).toMatchObject({ chunksSent: 2, outcome: 'open' });
      release();
    }
    expect(seen).toBe(12);
    expect(fake.requests[0]).toMatchObject({ chunksSent: 13, outcome: 'answered' });
  });

  it('cuts a stream midway: what was sent arrives, then the connection breaks', async () => {
    fake.enqueue({ dropAfterChunks: 4 });
    let seen = 0;
    const read = async () => {
      for await (const _chunk of await openai.chat.completions.create(streamed)) seen += 1;
    };
    await expect(read()).rejects.toThrow('terminated');
    expect(seen).toBe(4);
    expect(fake.requests[0]).toMatchObject({ chunksSent: 4, outcome: 'dropped' });
  });

  it('cuts a whole body in the middle, or the connection before any header', async () => {
    fake.enqueue({ dropAfterChunks: 1 }, { dropBeforeHeaders: true });
    await expect(openai.chat.completions.create(asked)).rejects.toThrow('terminated');
    await expect(openai.chat.completions.create(asked)).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    expect(fake.requests.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped']);
  });

  it('hangs until the client has had enough, and knows that it left', async () => {
    fake.enqueue({ hangAfterChunks: 3 });
    const stream = await openai.chat.completions.create(streamed);
    let seen = 0;
    for await (const _chunk of stream) if (++seen === 3) break;
    await expect.poll(() => fake.requests[0]!.outcome).toBe('left');
    expect(fake.requests[0]!.chunksSent).toBe(3);
  });

  it('can be slow: before the headers, so that a client with a timeout gives up', async () => {
    fake.enqueue({ delayMs: 60_000 });
    await expect(openai.chat.completions.create(asked, { timeout: 50 })).rejects.toBeInstanceOf(
      OpenAI.APIConnectionTimeoutError,
    );
    await expect.poll(() => fake.requests[0]!.outcome).toBe('left');
  });

  it('sends garbage with a 200, other headers, and raw events, as it is told', async () => {
    fake.enqueue(
      { body: '<html>gateway</html>', headers: { 'x-litellm-response-cost': '0.25' } },
      { stream: ['data: {"choices":[]}\n\n', 'data: {broken\n\n'] },
      { status: 418, body: { error: { message: 'short and stout', code: 'teapot' } } },
    );
    const garbled = openai.chat.completions.create(asked);
    expect((await garbled.asResponse()).headers.get('x-litellm-response-cost')).toBe('0.25');
    await expect(garbled).rejects.toBeInstanceOf(SyntaxError);

    const chunks: unknown[] = [];
    const read = async () => {
      for await (const chunk of await openai.chat.completions.create(streamed)) chunks.push(chunk);
    };
    await expect(read()).rejects.toBeInstanceOf(SyntaxError);
    expect(chunks).toHaveLength(1);
    await expect(openai.chat.completions.create(asked)).rejects.toMatchObject({ status: 418, code: 'teapot' });
  });

  it('remembers method, headers and raw body, and forgets the oldest', async () => {
    await openai.chat.completions.create(asked);
    const [request] = fake.requests;
    expect(request).toMatchObject({
      method: 'POST',
      headers: { authorization: 'Bearer fake', 'content-type': 'application/json' },
    });
    expect(JSON.parse(request!.rawBody)).toEqual(asked);

    const forgetful = await startFakeProvider({ requestsMax: 2 });
    const client = new OpenAI({ apiKey: 'fake', baseURL: forgetful.openaiBaseUrl });
    for (const model of ['first', 'second', 'third']) await client.chat.completions.create({ model, messages });
    expect(forgetful.requests.map(({ model }) => model)).toEqual(['second', 'third']);
    await forgetful.close();
  });

  it('stops at once when closed, also in the middle of an answer', async () => {
    const other = await startFakeProvider();
    other.enqueue({ hangAfterChunks: 1 });
    const client = new OpenAI({ apiKey: 'fake', baseURL: other.openaiBaseUrl, maxRetries: 0 });
    const stream = await client.chat.completions.create(streamed);
    const read = async () => {
      for await (const _chunk of stream) void other.close();
    };
    await expect(read()).rejects.toThrow('terminated');
    await expect(fetch(other.url)).rejects.toThrow('fetch failed');
  });
});
