import { diag, DiagLogLevel, type DiagLogger } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { observe } from './observe.ts';
import { state } from './state.ts';
import { watch } from './watch.ts';

const h = harness();

type Line = (...words: unknown[]) => void;
const listen = () => {
  const logger: DiagLogger = {
    error: vi.fn<Line>(),
    warn: vi.fn<Line>(),
    info: vi.fn<Line>(),
    debug: vi.fn<Line>(),
    verbose: vi.fn<Line>(),
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  state.warned.clear();
  return logger;
};
afterEach(() => diag.disable());

describe.each(majors)('%s', (_, Client) => {
  it('LLM-01 a call through an observed client answers the same and makes one span', async () => {
    h.fake.respond(() => ({ id: 'chatcmpl-same', text: 'Hello.' }));
    const bare = await h.openai(Client).chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(0);
    const seen = await observe(h.openai(Client)).chat.completions.create(hello);
    expect({ ...seen, created: 0 }).toEqual({ ...bare, created: 0 });
    expect(await h.spans()).toHaveLength(1);
    h.fake.respond(undefined);
  });

  it('LLM-02 observing leaves the original as it was: its keys, its prototype, its calls unrecorded', async () => {
    const original = h.openai(Client);
    const keys = Reflect.ownKeys(original);
    const resourceKeys = Reflect.ownKeys(original.chat.completions);
    const observed = observe(original);
    await observed.chat.completions.create(hello);
    expect(Reflect.ownKeys(original)).toEqual(keys);
    expect(Reflect.ownKeys(original.chat.completions)).toEqual(resourceKeys);
    expect(Object.getPrototypeOf(original)).toBe(Client.prototype);
    await h.span();
    await original.chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(1);
  });

  it('LLM-03 an observed client is the original to whoever looks: class, properties, identity, text', () => {
    const original = h.openai(Client);
    const observed = observe(original);
    expect(observed).toBeInstanceOf(Client);
    expect(observed.chat).toBe(observed.chat);
    expect(observed.chat.completions.create).toBe(observed.chat.completions.create);
    expect(observed.apiKey).toBe('sk-test-key');
    expect(Object.keys(observed)).toEqual(Object.keys(original));
    expect(observed.constructor).toBe(Client);
    expect(String(observed)).toBe(String(original));
    observed.maxRetries = 7;
    expect(original.maxRetries).toBe(7);
  });

  it.each([
    ['watch', watch],
    ['observe', observe],
  ])('LLM-03 %s keeps withResponse, asResponse and the error itself', async (_name, door) => {
    const client = door(h.openai(Client));
    const { data, response, request_id } = await client.chat.completions.create(hello).withResponse();
    expect(data.choices).toHaveLength(1);
    expect(response.status).toBe(200);
    expect(request_id).toMatch(/^req/);
    const raw = await client.chat.completions.create(hello).asResponse();
    expect(((await raw.json()) as { object: string }).object).toBe('chat.completion');
    h.fake.enqueue({ error: 'rate_limit' });
    const error = await client.chat.completions.create(hello).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Client.RateLimitError);
    const spans = await h.spans();
    expect(spans.map((span) => span.failed)).toEqual([false, false, true]);
    expect(spans[1]!.attributes).not.toHaveProperty('gen_ai.usage.input_tokens');
  });

  it.each([
    ['watch', watch],
    ['observe', observe],
  ])('LLM-03 %s also covers the client that withOptions makes', async (_name, door) => {
    const client = door(h.openai(Client)).withOptions({ timeout: 12_345 });
    expect(client.timeout).toBe(12_345);
    await client.chat.completions.create(hello);
    expect((await h.span()).name).toBe('chat gpt-4o');
  });

  it('watching twice records once', async () => {
    await watch(watch(h.openai(Client))).chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(1);
  });

  it('other instances of the same class stay unwatched', async () => {
    watch(h.openai(Client));
    await h.openai(Client).chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(0);
  });

  it('a method keeps its name, its length and its place on the prototype for others', () => {
    const bare = h.openai(Client).chat.completions;
    const seen = watch(h.openai(Client)).chat.completions;
    expect(seen.create.name).toBe(bare.create.name);
    expect(seen.create.length).toBe(bare.create.length);
    expect(Object.keys(seen)).toEqual(Object.keys(bare));
  });
});

describe('which client it is', () => {
  it('LLM-04 the only parameters are the client and its options, and content is off without them', async () => {
    await watch(h.openai()).chat.completions.create(hello);
    expect(
      Object.keys((await h.span()).attributes).filter((name) => /messages|instructions|definitions/.test(name)),
    ).toEqual([]);
    // @ts-expect-error content is true, false or 'preview'
    observe(h.openai(), { captureContent: 'yes' });
  });

  it.each([
    ['https://api.openai.com/v1', 'openai'],
    ['https://my-name.openai.azure.com/openai/v1', 'azure.ai.openai'],
    ['https://api.x.ai/v1', 'x_ai'],
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://openrouter.ai/api/v1', 'openrouter'],
    ['http://localhost:11434/v1', 'ollama'],
    ['https://proxy.example.com/api.x.ai/v1', 'openai'],
    ['https://notopenai.com.evil.example/azure', 'openai'],
  ])('LLM-05 a client of %s is %s', async (baseURL, provider) => {
    const client = watch(h.openai());
    const { fetch } = globalThis;
    client.baseURL = baseURL;
    vi.stubGlobal('fetch', fetch);
    (client as unknown as { fetch: unknown }).fetch = async () => Response.json({ id: 'x', choices: [], usage: null });
    await client.chat.completions.create(hello);
    vi.unstubAllGlobals();
    const { attributes } = await h.span();
    expect(attributes['gen_ai.provider.name']).toBe(provider);
    expect(attributes['server.address']).toBe(new URL(baseURL).hostname);
  });

  it('LLM-05 clients are known by their shape: CommonJS copies, foreign realms and lookalikes included', async () => {
    const { createRequire } = await import('node:module');
    const require = createRequire(import.meta.url);
    const { OpenAI: CommonJs } = require('openai') as { OpenAI: new (options: object) => ReturnType<typeof h.openai> };
    const client = new CommonJs({ apiKey: 'k', baseURL: h.fake.openaiBaseUrl });
    await watch(client).chat.completions.create(hello);
    expect((await h.span()).attributes['gen_ai.provider.name']).toBe('openai');
    await watch(h.anthropic()).messages.create({
      model: 'claude-sonnet-4-20250514',
      max_tokens: 5,
      messages: hello.messages,
    });
    expect((await h.spans()).at(-1)!.attributes['gen_ai.provider.name']).toBe('anthropic');
  });

  it('LLM-06 an unknown client comes back untouched with one line; strict throws', () => {
    const logger = listen();
    const stranger = {};
    expect(watch(stranger)).toBe(stranger);
    expect(observe(stranger)).toBe(stranger);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(() => watch(stranger, { strict: true })).toThrow(TypeError);
  });

  it('a frozen client is left working, with a line that names the other door', async () => {
    const logger = listen();
    const client = h.openai();
    Object.freeze(client.chat.completions);
    await watch(client).chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(0);
    expect(logger.warn).toHaveBeenCalledWith(expect.stringContaining('observe(client)'));
    await observe(client).chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(1);
  });
});
