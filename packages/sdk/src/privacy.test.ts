import { diag, DiagLogLevel } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { harness, hello, majors } from '../test/harness.ts';
import { agent } from './agent.ts';
import { init } from './pipeline.ts';
import { state } from './state.ts';
import { tool } from './tool.ts';
import { watch } from './watch.ts';
import type { WatchOptions } from './options.ts';

const h = harness();
const CANARY = 'CANARY-7f3a';
const canaries = {
  model: 'gpt-4o',
  messages: [
    { role: 'system' as const, content: `${CANARY}-system` },
    { role: 'user' as const, content: [{ type: 'text' as const, text: `${CANARY}-user` }], name: 'someone' },
    {
      role: 'assistant' as const,
      tool_calls: [
        { id: 't1', type: 'function' as const, function: { name: 'find', arguments: `{"q":"${CANARY}-args"}` } },
      ],
    },
    { role: 'tool' as const, tool_call_id: 't1', content: `${CANARY}-result` },
  ],
  tools: [{ type: 'function' as const, function: { name: 'find', description: `${CANARY}-tool` } }],
  user: `${CANARY}-end-user`,
  metadata: { note: `${CANARY}-metadata` },
};

/** Every way content can come: whole, streamed, failing with an error that quotes the prompt, as an embedding, through a tool. */
async function everything(options: WatchOptions) {
  const client = watch(h.openai(), options);
  h.fake.enqueue(
    { path: '/v1/chat/completions', text: `${CANARY}-answer` },
    { path: '/v1/chat/completions', text: `${CANARY}-streamed` },
    {
      path: '/v1/chat/completions',
      status: 400,
      body: { error: { message: `${CANARY}-error`, type: 'invalid_request_error', code: null } },
    },
  );
  await client.chat.completions.create(canaries);
  for await (const chunk of await client.chat.completions.create({ ...canaries, stream: true })) void chunk;
  await client.chat.completions.create(canaries).catch(() => undefined);
  await client.responses.create({ model: 'gpt-4o', instructions: `${CANARY}-instructions`, input: `${CANARY}-input` });
  await client.embeddings.create({ model: 'text-embedding-3-small', input: `${CANARY}-embedded` });
  await watch(h.anthropic(), options).messages.create({
    model: 'claude-sonnet-4-20250514',
    max_tokens: 10,
    system: `${CANARY}-system`,
    messages: [{ role: 'user', content: `${CANARY}-user` }],
  });
  await tool('find', async (query: string) => `${query} found`)(`${CANARY}-query`);
  await agent({ name: 'a' }, async () => {
    throw new Error(`${CANARY}-thrown`);
  })().catch(() => undefined);
}

afterEach(() => {
  diag.disable();
  vi.unstubAllEnvs();
});

describe('content', () => {
  it('LLM-07 LLM-52 is off by default: not one byte of it leaves, nor of the API key', async () => {
    const before = h.sink.bytes().length;
    await everything({});
    await h.spans();
    const sent = h.sink.bytes().subarray(before).toString('latin1');
    expect(sent.length).toBeGreaterThan(1000);
    expect(sent).not.toContain('CANARY');
    expect(sent).not.toContain('sk-test-key');
    expect(sent).not.toContain('sk-ant-key');
  });

  it.each(majors)(
    'LLM-08 %s: with captureContent it stands in the conventions’ attributes and nowhere else',
    async (_, Client) => {
      h.fake.enqueue({ text: `${CANARY}-answer`, toolCalls: [{ name: 'find', arguments: { q: `${CANARY}-more` } }] });
      await watch(h.openai(Client), { captureContent: true }).chat.completions.create(canaries);
      const { attributes, statusMessage, name } = await h.span();
      const holders = Object.entries(attributes)
        .filter(([, value]) => JSON.stringify(value).includes('CANARY'))
        .map(([key]) => key);
      expect(holders.toSorted()).toEqual([
        'gen_ai.input.messages',
        'gen_ai.output.messages',
        'gen_ai.tool.definitions',
      ]);
      expect(name + statusMessage).not.toContain('CANARY');
      expect(JSON.parse(attributes['gen_ai.input.messages'] as string)).toEqual([
        { role: 'system', parts: [{ type: 'text', content: `${CANARY}-system` }] },
        { role: 'user', parts: [{ type: 'text', content: `${CANARY}-user` }], name: 'someone' },
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 't1', name: 'find', arguments: { q: `${CANARY}-args` } }],
        },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 't1', response: `${CANARY}-result` }] },
      ]);
      const [output] = JSON.parse(attributes['gen_ai.output.messages'] as string) as {
        role: string;
        parts: unknown[];
      }[];
      expect(output!.role).toBe('assistant');
      expect(output!.parts).toContainEqual({ type: 'text', content: `${CANARY}-answer` });
      expect(output!.parts).toContainEqual(
        expect.objectContaining({ type: 'tool_call', name: 'find', arguments: { q: `${CANARY}-more` } }),
      );
    },
  );

  it('LLM-08 a streamed answer is recorded as the whole one would be', async () => {
    const client = watch(h.openai(), { captureContent: true });
    const reply = { text: 'Hello there.', toolCalls: [{ id: 'c1', name: 'find', arguments: { q: 'x' } }] };
    h.fake.enqueue(reply, reply);
    await client.chat.completions.create(hello);
    for await (const chunk of await client.chat.completions.create({ ...hello, stream: true })) void chunk;
    const [whole, streamed] = await h.spans();
    expect(streamed!.attributes['gen_ai.output.messages']).toBe(whole!.attributes['gen_ai.output.messages']);
  });

  it('LLM-08 instructions passed beside the messages have their own attribute', async () => {
    await watch(h.openai(), { captureContent: true }).responses.create({
      model: 'gpt-4o',
      instructions: 'Be brief.',
      input: 'Hi.',
    });
    const { attributes } = await h.span();
    expect(JSON.parse(attributes['gen_ai.system_instructions'] as string)).toEqual([
      { type: 'text', content: 'Be brief.' },
    ]);
    expect(JSON.parse(attributes['gen_ai.input.messages'] as string)).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'Hi.' }] },
    ]);
  });

  it('LLM-09 is warned about once in production and never in development', () => {
    const warn = vi.fn<(...words: unknown[]) => void>();
    const silent = () => {};
    diag.setLogger(
      { warn, error: silent, info: silent, debug: silent, verbose: silent },
      { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
    );
    state.warned.clear();
    vi.stubEnv('NODE_ENV', 'development');
    watch(h.openai(), { captureContent: true });
    init({ endpoint: h.sink.url, captureContent: true });
    expect(warn).not.toHaveBeenCalled();
    vi.stubEnv('NODE_ENV', 'production');
    watch(h.openai(), { captureContent: true });
    watch(h.openai(), { captureContent: true });
    init({ endpoint: h.sink.url, captureContent: true });
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('a preview keeps 500 characters of the last two messages', async () => {
    const messages = ['first', 'second', 'x'.repeat(2000)].map((content) => ({ role: 'user' as const, content }));
    await watch(h.openai(), { captureContent: 'preview' }).chat.completions.create({ ...hello, messages });
    const kept = JSON.parse((await h.span()).attributes['gen_ai.input.messages'] as string) as {
      parts: { content: string }[];
    }[];
    expect(kept.length).toBeLessThanOrEqual(2);
    expect(kept.map(({ parts }) => parts[0]!.content.length).reduce((sum, length) => sum + length)).toBeLessThanOrEqual(
      501,
    );
    expect(JSON.stringify(kept)).not.toContain('first');
  });

  it('of a tool is its arguments and its result, as JSON', async () => {
    h.init({ captureContent: true });
    await tool('find', async (query: string) => ({ found: query }))('a stick');
    tool('add', (left: number, right: number) => left + right)(1, 2);
    const [find, add] = (await h.spans()).map(({ attributes }) => attributes);
    expect(find).toMatchObject({
      'gen_ai.tool.call.arguments': '"a stick"',
      'gen_ai.tool.call.result': '{"found":"a stick"}',
    });
    expect(add).toMatchObject({ 'gen_ai.tool.call.arguments': '[1,2]', 'gen_ai.tool.call.result': '3' });
  });

  it('passes through the redactor, and is left out when the redactor throws', async () => {
    h.init({ captureContent: true, redact: (text) => text.replaceAll(/CANARY\S*/g, '[gone]') });
    await watch(h.openai()).chat.completions.create(canaries);
    const first = await h.span();
    expect(JSON.stringify(first.attributes)).not.toContain('CANARY');
    expect(JSON.stringify(first.attributes)).toContain('[gone]');
    h.init({
      captureContent: true,
      redact() {
        throw new Error('broken');
      },
    });
    await watch(h.openai()).chat.completions.create(canaries);
    const last = (await h.spans()).at(-1)!;
    expect(Object.keys(last.attributes).filter((name) => name.includes('messages'))).toEqual([]);
    expect(last.failed).toBe(false);
  });

  it('is cut before it is serialised, so that a huge prompt costs neither memory nor time', async () => {
    const huge = 'y'.repeat(5_000_000);
    await watch(h.openai(), { captureContent: true }).chat.completions.create({
      ...hello,
      messages: [{ role: 'user', content: huge }],
    });
    expect((await h.span()).attributes['gen_ai.input.messages']!.toString().length).toBeLessThan(300_000);
  });
});
