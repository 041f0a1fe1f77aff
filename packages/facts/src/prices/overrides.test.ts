import { describe, expect, it } from 'vitest';
import type { Cost } from './cost.ts';
import { type Override, overridesVersion } from './overrides.ts';
import { loadPrices, type PricedCall, pricesFrom } from './price.ts';
import { providers, version } from './tables.generated.ts';

const prices = await loadPrices();
const MILLION = 1_000_000;
const NOW = new Date('2026-11-21T12:00:00Z');

const price = (call: Partial<PricedCall>) =>
  prices.price({ usage: { inputTokens: 1000, outputTokens: 100 }, at: NOW, ...call });
const rates = (cost: Cost | undefined) =>
  cost && Object.fromEntries(cost.lines.map(({ type, usdPerMillion }) => [type, usdPerMillion]));

describe('service tiers', () => {
  const usage = { inputTokens: (2 * MILLION) / 10, cacheReadTokens: MILLION / 10, outputTokens: MILLION / 10 };
  const tier = (requestModel: string, serviceTier: string, provider = 'openai') =>
    price({ provider, requestModel, serviceTier, usage });

  it('the standard tier has many names', () => {
    for (const name of ['', 'default', 'auto', 'STANDARD', 'on_demand', 'standard_only']) {
      expect(tier('gpt-4o', name)).toEqual(price({ provider: 'openai', requestModel: 'gpt-4o', usage }));
    }
  });

  it('COST-24 flex and batch cost half, line by line, and the cost says so', () => {
    const cost = tier('gpt-5-mini', 'flex');
    expect(rates(cost)).toEqual({ input: 0.125, cache_read: 0.0125, output: 1 });
    expect(cost).toMatchObject({
      priceId: 'openai/gpt-5-mini (flex)',
      version: `genai-prices 0.1.8, overrides ${overridesVersion}`,
    });
    expect(rates(tier('claude-sonnet-4-5', 'batch', 'anthropic'))).toEqual({
      input: 1.5,
      cache_read: 0.15,
      output: 7.5,
    });
    expect(rates(tier('llama-3.3-70b-versatile', 'flex', 'groq'))).toMatchObject({ input: 0.59, output: 0.79 });
  });

  it.each([
    // https://openai.com/api-priority-processing/: input, cached input, output
    ['gpt-5.5', 12.5, 1.25, 75],
    ['gpt-5.4-mini', 1.5, 0.15, 9],
    ['gpt-5.4', 5, 0.5, 30],
    ['gpt-5.2', 3.5, 0.35, 28],
    ['gpt-5.1', 2.5, 0.25, 20],
    ['gpt-5', 2.5, 0.25, 20],
    ['gpt-5-mini', 0.45, 0.045, 3.6],
    ['gpt-4.1', 3.5, 0.875, 14],
    ['gpt-4.1-mini', 0.7, 0.175, 2.8],
    ['gpt-4.1-nano', 0.2, 0.05, 0.8],
    ['gpt-4o', 4.25, 2.125, 17],
    ['gpt-4o-mini', 0.25, 0.125, 1],
    ['o3', 3.5, 0.875, 14],
    ['o4-mini', 2, 0.5, 8],
  ])('priority processing of %s costs what OpenAI lists', (model, input, cacheRead, output) => {
    const cost = rates(tier(model, 'priority'))!;
    expect(cost.input).toBeCloseTo(input, 12);
    expect(cost.cache_read).toBeCloseTo(cacheRead, 12);
    expect(cost.output).toBeCloseTo(output, 12);
  });

  it('a tier whose price nobody published leaves the call unpriced', () => {
    expect(tier('gpt-6-sol', 'priority')).toBeUndefined();
    expect(tier('gpt-4o', 'scale')).toBeUndefined();
    expect(tier('gpt-4o', 'priority', 'azure.ai.openai')).toBeUndefined();
    expect(tier('gpt-4o', 'x'.repeat(1000))).toBeUndefined();
    expect(tier('claude-sonnet-4-5', 'priority', 'anthropic')).toBeUndefined();
  });

  it('a reseller’s tiers are not the maker’s', () => {
    const resold = { provider: 'gcp.vertex_ai', requestModel: 'claude-fable-5-20250514' };
    expect(price(resold)?.priceId).toBe('anthropic/claude-fable-5');
    expect(price({ ...resold, serviceTier: 'flex' })).toBeUndefined();
    expect(price({ ...resold, serviceTier: 'batch' })).toBeUndefined();
  });

  it('nor is a figure made up where a tier’s rate is known only in part', () => {
    expect(tier('gemini-2.5-flash', 'flex', 'gcp.gemini')).toBeUndefined();
    expect(rates(price({ provider: 'gcp.gemini', requestModel: 'gemini-2.5-flash', serviceTier: 'flex' }))).toEqual({
      input: 0.15,
      output: 1.25,
    });
    const long = { inputTokens: 300_000, outputTokens: 1 };
    expect(
      price({ provider: 'openai', requestModel: 'gpt-5.4', serviceTier: 'priority', usage: long }),
    ).toBeUndefined();
    expect(price({ provider: 'openai', requestModel: 'gpt-5.4', serviceTier: 'flex', usage: long })).toMatchObject({
      lines: [{ usdPerMillion: 2.5 }, {}],
    });
  });
});

describe('overrides', () => {
  const source = 'https://example.com/price-list';
  const rows: Override[] = [
    {
      provider: 'openai',
      model: 'gpt-4o',
      from: '2026-01-01',
      until: '2026-02-01',
      rates: { input: 1, output: 2 },
      source,
    },
    { provider: 'openai', model: 'gpt-99', from: '2026-01-01', rates: { input: 7, output: 8 }, source },
  ];
  const own = pricesFrom(version, providers, rows);
  const at = (requestModel: string, day: string) =>
    own.price({ provider: 'openai', requestModel, at: new Date(day), usage: { inputTokens: 1, outputTokens: 1 } });

  it('replace the price of a row within their days, and say so in the version', () => {
    expect(rates(at('gpt-4o-2024-08-06', '2026-01-31'))).toEqual({ input: 1, output: 2 });
    expect(at('gpt-4o', '2026-01-31')?.version).toBe(`genai-prices 0.1.8, overrides ${overridesVersion}`);
    expect(rates(at('gpt-4o', '2026-02-01'))).toEqual({ input: 2.5, output: 10 });
    expect(rates(at('gpt-4o', '2025-12-31'))).toEqual({ input: 2.5, output: 10 });
    expect(at('gpt-4o-mini', '2026-01-31')?.version).toBe('genai-prices 0.1.8');
  });

  it('add models that the tables lack, from their first day on', () => {
    expect(at('gpt-99', '2026-01-01')).toMatchObject({
      priceId: 'openai/gpt-99',
      lines: [{ usdPerMillion: 7 }, { usdPerMillion: 8 }],
    });
    expect(at('gpt-99', '2025-12-31')).toBeUndefined();
  });
});
