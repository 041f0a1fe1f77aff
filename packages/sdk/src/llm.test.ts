import type OpenAI from 'openai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { program } from '../test/program.ts';
import { harness } from '../test/harness.ts';
import { agent, compare, llm, type LlmOptions } from './index.ts';

const h = harness();
const gemini = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'Hello.' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  modelVersion: 'gemini-2.5-flash',
};

beforeEach(() => {
  vi.stubEnv('OPENAI_API_KEY', 'k');
  vi.stubEnv('OPENAI_BASE_URL', h.fake.openaiBaseUrl);
  vi.stubEnv('ANTHROPIC_API_KEY', 'k');
  vi.stubEnv('ANTHROPIC_BASE_URL', h.fake.anthropicBaseUrl);
  vi.stubEnv('GEMINI_API_KEY', 'k');
  vi.stubEnv('GOOGLE_GEMINI_BASE_URL', h.fake.url);
  h.fake.respond(({ path }) =>
    path.includes('generateContent')
      ? { body: JSON.stringify(gemini), headers: { 'content-type': 'application/json' } }
      : undefined,
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  h.fake.respond(undefined);
});

const models = [
  { provider: 'openai', model: 'gpt-4o' },
  { provider: 'anthropic', model: 'claude-sonnet-4-20250514' },
  { provider: 'google', model: 'gemini-2.5-flash' },
] as const;

describe('llm', () => {
  it.each([
    ['openai', 'gpt-4o', 'choices'],
    ['anthropic', 'claude-sonnet-4-20250514', 'content'],
    ['google', 'gemini-2.5-flash', 'candidates'],
    ['gcp.gemini', 'gemini-2.5-flash', 'candidates'],
  ] as const)(
    'COST-02 COST-03 EXT-11 %s answers as its library does, and is recorded',
    async (provider, model, field) => {
      const answer = await llm<Record<string, unknown>>({ provider, model, prompt: 'Say hello.', system: 'Be brief.' });
      expect(answer).toHaveProperty(field);
      const { attributes } = await h.span();
      expect(attributes['gen_ai.request.model']).toBe(model);
      expect(attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
    },
  );

  it('sends what was asked, and nothing of what was not', async () => {
    const answer = await llm<OpenAI.ChatCompletion>({
      provider: 'openai',
      model: 'gpt-4o',
      prompt: 'Say hello.',
      system: 'Be brief.',
      maxTokens: 9,
    });
    expect(answer.object).toBe('chat.completion');
    expect(h.fake.requests.at(-1)!.body).toEqual({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Say hello.' },
      ],
      max_completion_tokens: 9,
    });
  });

  it('carries the identity around it, and its content only where that is asked for', async () => {
    const quick: LlmOptions = { provider: 'openai', model: 'gpt-4o', prompt: 'Say hello.' };
    await agent({ name: 'analyst' }, () => llm(quick))();
    await llm({ ...quick, captureContent: true });
    const [first, , second] = await h.spans();
    expect(first!.attributes).toMatchObject({ 'gen_ai.agent.name': 'analyst' });
    expect(first!.attributes).not.toHaveProperty('gen_ai.input.messages');
    expect(second!.attributes).toHaveProperty('gen_ai.input.messages');
  });

  it('the error is the library’s own', async () => {
    h.fake.enqueue({ error: 'invalid_key' });
    await expect(llm({ provider: 'openai', model: 'gpt-4o', prompt: '' })).rejects.toMatchObject({ status: 401 });
  });

  it('COST-03 an unknown provider is a TypeScript error and a TypeError that names the known ones', async () => {
    // @ts-expect-error no such provider
    await expect(llm({ provider: 'nobody', model: 'x', prompt: '' })).rejects.toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringContaining('knows no provider "nobody". Known are: openai, anthropic, google') as unknown,
      }),
    );
  });

  it('does not send the key of one provider to another that speaks its dialect', async () => {
    await expect(llm({ provider: 'deepseek', model: 'deepseek-chat', prompt: '' })).rejects.toMatchObject({
      code: 'KEY_MISSING',
      message: expect.stringContaining('DEEPSEEK_API_KEY'),
    });
    vi.stubEnv('DEEPSEEK_API_KEY', 'mine');
    const baseURL = h.fake.openaiBaseUrl;
    await llm({ provider: 'deepseek', model: 'gpt-4o', prompt: 'Hi.', baseURL });
    expect(h.fake.requests.at(-1)!.headers.authorization).toBe('Bearer mine');
  });

  it('COST-02 a missing library is an error that names the package to install', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallyspan-llm-'));
    // No library can be seen from a folder of its own, and none from ours when the loader says so.
    const { stdout } = await program(
      `const { registerHooks } = await import('node:module');
registerHooks({ resolve(specifier, context, next) { return specifier === '@anthropic-ai/sdk' ? next('@anthropic-ai/nothing', context) : next(specifier, context); } });
process.chdir(${JSON.stringify(folder)});
try { await sdk.llm({ provider: 'anthropic', model: 'x', prompt: '' }); } catch (error) { console.log(error.code, error.message); }`,
    );
    await rm(folder, { recursive: true, force: true });
    expect(stdout).toBe(
      'LIBRARY_MISSING The package @anthropic-ai/sdk is not installed. llm() talks to anthropic through its own library, ' +
        'which only those need who use it. Run "npm install @anthropic-ai/sdk".\n',
    );
  });
});

describe('compare', () => {
  it('COST-31 three providers are three sibling spans under one root, with one group', async () => {
    const all = await llm.compare({ prompt: 'Say hello.', models });
    expect(all.map((each) => 'response' in each)).toEqual([true, true, true]);
    const spans = await h.spans();
    const root = spans.find(({ name }) => name === 'invoke_workflow compare')!;
    const calls = spans.filter((span) => span !== root);
    expect(calls).toHaveLength(3);
    for (const { parentSpanId, traceId, attributes } of calls) {
      expect([parentSpanId, traceId]).toEqual([root.spanId, root.traceId]);
      expect(attributes['tally.comparison.group']).toBe(root.attributes['tally.comparison.group']);
    }
  });

  it('one that fails says so in its place; an unknown provider fails before anybody is asked', async () => {
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9');
    const all = await compare({ prompt: 'Say hello.', models: models.slice(0, 2) });
    expect(all).toEqual([
      { provider: 'openai', model: 'gpt-4o', response: expect.anything() },
      { provider: 'anthropic', model: 'claude-sonnet-4-20250514', error: expect.any(Error) },
    ]);
    const asked = h.fake.requests.length;
    // @ts-expect-error no such provider
    await expect(compare({ prompt: '', models: [...models, { provider: 'nobody', model: 'x' }] })).rejects.toThrow(
      TypeError,
    );
    expect(h.fake.requests).toHaveLength(asked);
  });
});
