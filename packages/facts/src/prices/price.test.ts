import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Usage } from '../facts.ts';
import { limits } from '../limits.ts';
import { usdFromNanos } from '../units.ts';
import type { Cost } from './cost.ts';
import { loadPrices, type PricedCall, pricesFrom } from './price.ts';
import { providers, version } from './tables.generated.ts';

const prices = await loadPrices();
const NOW = new Date('2026-11-21T12:00:00Z');
const MILLION = 1_000_000;

const price = (call: Partial<PricedCall>) =>
  prices.price({ usage: { inputTokens: 1000, outputTokens: 100 }, at: NOW, ...call });
const rates = (cost: Cost | undefined) =>
  cost && Object.fromEntries(cost.lines.map(({ type, usdPerMillion }) => [type, usdPerMillion]));
const usd = (cost: Cost | undefined) => cost?.nanos !== undefined && usdFromNanos(cost.nanos);

describe('a cost', () => {
  it('COST-17 explains itself: a line for each kind of token, the row and the version of the price table', () => {
    const usage = { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100, reasoningTokens: 60 };
    expect(price({ provider: 'openai', requestModel: 'gpt-4o', usage })).toEqual({
      source: 'computed',
      nanos: 3_000_000n,
      lines: [
        { type: 'input', tokens: 600, usdPerMillion: 2.5, nanos: 1_500_000n },
        { type: 'cache_read', tokens: 400, usdPerMillion: 1.25, nanos: 500_000n },
        { type: 'output', tokens: 40, usdPerMillion: 10, nanos: 400_000n },
        { type: 'reasoning', tokens: 60, usdPerMillion: 10, nanos: 600_000n },
      ],
      version: 'genai-prices 0.1.8',
      priceId: 'openai/gpt-4o',
    });
  });

  it('LLM-50 is the sum of its lines, to the nano-dollar', () => {
    const count = fc.option(fc.nat({ max: 2 * MILLION }), { nil: undefined });
    const model = fc.constantFrom(
      'gpt-4o',
      'gpt-5.4',
      'o3',
      'gpt-realtime',
      'gpt-image-1.5',
      'claude-opus-4-6',
      'gpt-5-nano',
    );
    const usage = fc.record({
      inputTokens: count,
      outputTokens: count,
      cacheReadTokens: count,
      cacheWriteTokens: count,
      reasoningTokens: count,
      inputAudioTokens: count,
      inputImageTokens: count,
    });
    fc.assert(
      fc.property(model, usage, fc.constantFrom('default', 'flex', 'batch'), (requestModel, counted, serviceTier) => {
        const cost = price({ requestModel, usage: counted as Usage, serviceTier });
        const known =
          Object.values(counted).some((tokens) => tokens !== undefined) &&
          (serviceTier !== 'flex' || !requestModel.startsWith('claude'));
        expect(cost !== undefined).toBe(known);
        expect(cost?.lines.reduce((sum, line) => sum + line.nanos, 0n)).toBe(cost?.nanos);
      }),
    );
  });

  it('is nothing for a model that is free, and unknown for a model whose price is missing', () => {
    expect(price({ provider: 'openrouter', requestModel: 'openai/gpt-oss-20b:free' })).toMatchObject({
      nanos: 0n,
      lines: [{}, {}],
    });
    expect(price({ provider: 'gcp.gemini', requestModel: 'gemma-3-27b-it' })).toMatchObject({ nanos: 0n });
    expect(price({ provider: 'gcp.vertex_ai', requestModel: 'gemma-3-27b-it' })).toBeUndefined();
    expect(price({ provider: 'openai', requestModel: 'whisper-1' })).toBeUndefined();
    expect(price({ provider: 'cerebras', requestModel: 'qwen-3-coder-480b' })).toBeUndefined();
  });

  it('is unknown without usage, and nothing for usage reported as zero', () => {
    expect(price({ requestModel: 'gpt-4o', usage: {} })).toBeUndefined();
    expect(price({ requestModel: 'gpt-4o', usage: { inputTokens: 0, outputTokens: 0 } })).toMatchObject({
      nanos: 0n,
      lines: [],
    });
  });

  it('is unknown for output of a model that only its input has a price for', () => {
    const embedding = { provider: 'openai', requestModel: 'text-embedding-3-small' };
    expect(usd(price({ ...embedding, usage: { inputTokens: MILLION } }))).toBe('0.02');
    expect(price({ ...embedding, usage: { inputTokens: MILLION, outputTokens: 1 } })).toBeUndefined();
  });

  it('includes a fee for the call where the provider takes one', () => {
    const cost = price({ provider: 'perplexity', requestModel: 'sonar', usage: { inputTokens: 1000 } });
    expect(usd(cost)).toBe('0.013');
    expect(cost?.lines.at(-1)).toEqual({ type: 'request', tokens: 1, usdPerMillion: 12_000, nanos: 12_000_000n });
  });
});

describe('prices in time', () => {
  it('COST-24 hold at the time of the call: o3 became cheaper on 10 June 2025, and older calls keep their price', () => {
    const inputAt = (at: bigint | Date) => rates(price({ provider: 'openai', requestModel: 'o3', at }))?.input;
    expect(inputAt(new Date('2025-06-09T23:59:59.999Z'))).toBe(10);
    expect(inputAt(new Date('2025-06-10T00:00:00Z'))).toBe(2);
    const midnight = BigInt(Date.parse('2025-06-10')) * 1_000_000n;
    expect(inputAt(midnight - 1n)).toBe(10);
    expect(inputAt(midnight)).toBe(2);
    expect(inputAt(new Date(NaN))).toBeUndefined();
  });

  it('may depend on the hour', () => {
    const inputAt = (time: string) =>
      rates(price({ provider: 'deepseek', requestModel: 'deepseek-chat', at: new Date(time) }))?.input;
    expect(inputAt('2026-11-21T16:29:59.999Z')).toBe(0.27);
    expect(inputAt('2026-11-21T16:30:00Z')).toBe(0.135);
    expect(inputAt('2026-11-22T00:30:00Z')).toBe(0.27);
  });

  it('may depend on the length of the input, cached or not', () => {
    const input = (inputTokens: number) =>
      rates(
        price({
          provider: 'gcp.gemini',
          requestModel: 'gemini-2.5-pro',
          usage: { inputTokens, cacheReadTokens: 150_000 },
        }),
      )?.input;
    expect(input(200_000)).toBe(1.25);
    expect(input(200_001)).toBe(2.5);
  });
});

describe('hostile names', () => {
  it('neither match nor grow the memory', () => {
    const own = pricesFrom(version, providers);
    let matched = 0;
    let cachedMax = 0;
    for (let index = 0; index < 100_000; index++) {
      const name = Math.random().toString(36) + index.toString(36);
      if (own.price({ provider: 'openai', requestModel: name, at: NOW, usage: { inputTokens: 1 } })) matched++;
      cachedMax = Math.max(cachedMax, own.cachedCount);
    }
    expect(matched).toBe(0);
    expect(cachedMax).toBe(limits.priceCacheEntriesMax);
  });

  it('cannot pose as the key of another call', () => {
    expect(price({ provider: 'openai', responseModel: 'gpt-4', requestModel: 'o3' })?.priceId).toBe('openai/gpt-4');
    expect(price({ provider: 'openai', responseModel: 'gpt-4o', requestModel: '3' })?.priceId).toBe('openai/gpt-4o');
    expect(price({ provider: 'openai', responseModel: '', requestModel: 'gpt-4o3' })).toBeUndefined();
  });

  it('are only names', () => {
    for (const name of [
      '__proto__',
      'constructor',
      'toString',
      '\0',
      '/',
      '//',
      'a/',
      '/a',
      '.',
      '${1}',
      '(((((',
      '\ud800',
      '💸',
    ]) {
      expect(price({ provider: 'openai', requestModel: name, responseModel: name })).toBeUndefined();
      expect(price({ provider: name, requestModel: name })).toBeUndefined();
      expect(price({ requestModel: name, serverAddress: name, serviceTier: name })).toBeUndefined();
    }
  });

  it('a name of 512 characters is looked up, a longer one is not', () => {
    const max = limits.modelNameCharsMax;
    expect(price({ provider: 'anthropic', requestModel: 'claude-sonnet-4-5'.padEnd(max, 'x') })?.priceId).toBe(
      'anthropic/claude-sonnet-4-5',
    );
    expect(price({ provider: 'anthropic', requestModel: 'claude-sonnet-4-5'.padEnd(max + 1, 'x') })).toBeUndefined();
    expect(
      price({ provider: 'anthropic', requestModel: 'claude-sonnet-4-5', responseModel: 'x'.repeat(max + 1) })?.nanos,
    ).toBeDefined();
  });

  it('remember the last 2,048 look-ups at most', () => {
    const own = pricesFrom(version, providers);
    const look = (index: number) =>
      own.price({ provider: 'groq', requestModel: `m${index}`, at: NOW, usage: { inputTokens: 1 } });
    for (let index = 0; index < limits.priceCacheEntriesMax; index++) look(index);
    expect(own.cachedCount).toBe(limits.priceCacheEntriesMax);
    look(limits.priceCacheEntriesMax);
    expect(own.cachedCount).toBeLessThanOrEqual(limits.priceCacheEntriesMax);
  });
});

describe('loading', () => {
  it('happens once', () => {
    expect(loadPrices()).toBe(loadPrices());
  });

  it('parses a provider’s models when they are first needed', () => {
    const own = pricesFrom(version, providers);
    expect(own.parsedCount).toBe(0);
    own.price({ provider: 'openai', requestModel: 'gpt-4o', at: NOW, usage: {} });
    expect(own.parsedCount).toBe(0);
    own.price({ provider: 'openai', requestModel: 'gpt-4o', at: NOW, usage: { inputTokens: 1 } });
    expect(own.parsedCount).toBe(1);
    own.price({ provider: 'azure', requestModel: 'no-such-model', at: NOW, usage: { inputTokens: 1 } });
    expect(own.parsedCount).toBe(6);
  });

  it('does not begin before prices are asked for', () => {
    const program = `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
      const facts = await import('./packages/facts/src/index.ts');
      const before = seen.some((url) => url.includes('tables.generated'));
      await facts.loadPrices();
      console.log(JSON.stringify([before, seen.some((url) => url.includes('tables.generated'))]));`;
    const root = resolve(import.meta.dirname, '../../../..');
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' });
    expect(run.stdout.trim()).toBe('[false,true]');
  });
});
