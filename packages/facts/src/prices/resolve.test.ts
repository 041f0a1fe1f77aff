import { describe, expect, it } from 'vitest';
import type { Cost } from './cost.ts';
import { loadPrices, type PricedCall } from './price.ts';

const prices = await loadPrices();
const NOW = new Date('2026-11-21T12:00:00Z');

const price = (call: Partial<PricedCall>) =>
  prices.price({ usage: { inputTokens: 1000, outputTokens: 100 }, at: NOW, ...call });
const rates = (cost: Cost | undefined) =>
  cost && Object.fromEntries(cost.lines.map(({ type, usdPerMillion }) => [type, usdPerMillion]));

describe('common models', () => {
  it.each([
    ['openai', 'gpt-4o', 'openai/gpt-4o', 2.5, 10],
    ['openai', 'gpt-4o-mini', 'openai/gpt-4o-mini', 0.15, 0.6],
    ['openai', 'gpt-4.1', 'openai/gpt-4.1', 2, 8],
    ['openai', 'o3', 'openai/o3', 2, 8],
    ['anthropic', 'claude-sonnet-4-5-20250929', 'anthropic/claude-sonnet-4-5', 3, 15],
    ['anthropic', 'claude-3-5-haiku-20241022', 'anthropic/claude-3-5-haiku-latest', 0.8, 4],
    ['gcp.gemini', 'gemini-2.5-pro', 'google/gemini-2.5-pro', 1.25, 10],
    ['gcp.vertex_ai', 'gemini-2.5-flash', 'google/gemini-2.5-flash', 0.3, 2.5],
    ['mistral_ai', 'mistral-large-latest', 'mistral/mistral-large', 2, 6],
    ['deepseek', 'deepseek-chat', 'deepseek/deepseek-chat', 0.27, 1.1],
    ['x_ai', 'grok-4-0709', 'x-ai/grok-4-0709', 3, 15],
    ['groq', 'llama-3.3-70b-versatile', 'groq/llama-3.3-70b-versatile', 0.59, 0.79],
    ['cohere', 'command-r-plus-08-2024', 'cohere/command-r-plus', 2.5, 10],
    ['moonshot_ai', 'kimi-k2-0905-preview', 'moonshotai/kimi-k2-0905-preview', 0.6, 2.5],
    ['azure.ai.openai', 'gpt-4o', 'openai/gpt-4o', 2.5, 10],
    ['aws.bedrock', 'amazon.nova-pro-v1:0', 'aws/amazon.nova-pro-v1:0', 0.8, 3.2],
    [
      'aws.bedrock',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0',
      3.3,
      16.5,
    ],
    [
      'aws.bedrock',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0',
      'aws/regional.anthropic.claude-sonnet-4-20250514-v1:0',
      3,
      15,
    ],
  ])('COST-24 %s %s', (provider, requestModel, priceId, input, output) => {
    const cost = price({ provider, requestModel });
    expect(cost?.priceId).toBe(priceId);
    expect(rates(cost)).toEqual({ input, output });
  });
});

describe('which row is used', () => {
  it('COST-24 the response model rules, then the same without its date, then the requested model, then its family', () => {
    const row = (responseModel: string | undefined, requestModel?: string) =>
      price({ provider: 'openai', responseModel, requestModel })?.priceId;
    expect(row('gpt-4o-2024-08-06', 'o3')).toBe('openai/gpt-4o');
    expect(row('gpt-4o-2024-05-13', 'gpt-4o')).toBe('openai/gpt-4o-2024-05-13');
    expect(row('gpt-4o-2031-02-03', 'o3')).toBe('openai/gpt-4o');
    expect(row('nobody-knows', 'o3')).toBe('openai/o3');
    expect(row('nobody-knows', 'o3-2031-02-03')).toBe('openai/o3');
    expect(row('nobody-knows', 'gpt-4.1-latest')).toBe('openai/gpt-4.1');
    expect(row('nobody-knows', 'nor-this')).toBeUndefined();
    expect(row(undefined)).toBeUndefined();
  });

  it('a snapshot has its own price, however its date is spelled', () => {
    const input = (requestModel: string) => rates(price({ provider: 'openai', requestModel }))?.input;
    expect(input('gpt-4o-2024-05-13')).toBe(5);
    expect(input('gpt-4o-20240513')).toBe(5);
    expect(input('gpt-4o-20240806')).toBe(2.5);
  });

  it('names are compared without case and outer spaces', () => {
    expect(price({ provider: ' OpenAI ', requestModel: ' GPT-4o ' })?.priceId).toBe('openai/gpt-4o');
  });

  it('the name of a provider may have other spellings, and the suffix of a client', () => {
    expect(price({ provider: 'xai', requestModel: 'grok-4-0709' })?.priceId).toBe('x-ai/grok-4-0709');
    expect(
      price({ provider: 'together_ai', requestModel: 'meta-llama/Llama-3.3-70B-Instruct-Turbo' })?.priceId,
    ).toMatch(/^together\//);
    expect(price({ provider: 'deepseek.chat', requestModel: 'deepseek-chat' })?.priceId).toBe('deepseek/deepseek-chat');
  });

  it('without a provider the model names it, unless a prefix leaves open who runs it', () => {
    expect(price({ requestModel: 'gpt-4o' })?.priceId).toBe('openai/gpt-4o');
    expect(price({ requestModel: 'claude-sonnet-4-5' })?.priceId).toBe('anthropic/claude-sonnet-4-5');
    expect(price({ requestModel: 'google/gemma-3-27b-it' })).toBeUndefined();
  });

  it('behind a router the prefix of the model names the provider', () => {
    expect(price({ provider: 'litellm', requestModel: 'openai/gpt-4o' })?.priceId).toBe('openai/gpt-4o');
    expect(price({ provider: 'litellm', requestModel: 'bedrock/amazon.nova-pro-v1:0' })?.priceId).toBe(
      'aws/amazon.nova-pro-v1:0',
    );
    expect(price({ provider: 'litellm', requestModel: 'gpt-4o' })?.priceId).toBe('openai/gpt-4o');
    expect(price({ provider: 'openai', requestModel: 'openai/gpt-4o' })?.priceId).toBe('openai/gpt-4o');
    expect(price({ provider: 'openai', requestModel: 'anthropic/claude-sonnet-4-5' })).toBeUndefined();
  });

  it('the address that was called says who bills: a client for one provider may be pointed at another', () => {
    const call = { provider: 'openai', requestModel: 'deepseek-chat' };
    expect(price(call)).toBeUndefined();
    expect(price({ ...call, serverAddress: 'api.deepseek.com' })?.priceId).toBe('deepseek/deepseek-chat');
    expect(price({ ...call, serverAddress: 'https://api.deepseek.com/v1' })?.priceId).toBe('deepseek/deepseek-chat');
    expect(price({ provider: 'openai', requestModel: 'gpt-4o', serverAddress: 'localhost' })?.priceId).toBe(
      'openai/gpt-4o',
    );
  });

  it('a model on the user’s own machine has no price, nor has one at an unknown provider', () => {
    for (const provider of [
      'ollama',
      'openai-compatible',
      'ibm.watsonx.ai',
      'no-such-provider',
      'constructor',
      '__proto__',
    ]) {
      expect(price({ provider, requestModel: 'gpt-4o' })).toBeUndefined();
    }
  });
});
