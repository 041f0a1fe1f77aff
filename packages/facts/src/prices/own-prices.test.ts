import { describe, expect, it } from 'vitest';
import { type OwnPrice, withOwnPrices } from './own-prices.ts';
import { loadPrices, type PricedCall } from './price.ts';

const tables = await loadPrices();
const call: PricedCall = {
  ...{ provider: 'openai', requestModel: 'gpt-4o', responseModel: 'GPT-4o-2024-08-06', tenant: 'acme' },
  ...{ usage: { inputTokens: 1_000_000 }, at: new Date('2026-11-21T00:00:00Z') },
};
const own = (id: string, input: number, more: Partial<OwnPrice> = {}): OwnPrice => ({
  ...{ id, version: 3, model: 'gpt-4o*', rates: { input } },
  ...more,
});
/** Which price was used, of those given in any order. */
const chosen = (prices: OwnPrice[], asked: Partial<PricedCall> = {}) =>
  [prices, prices.toReversed()].map((each) => withOwnPrices(tables, each).price({ ...call, ...asked })?.version);
const used = (id: string) => [`own ${id}.3`, `own ${id}.3`];
const table = chosen([]);

describe('own prices', () => {
  it('say which of them it was, and count exactly', () => {
    expect(withOwnPrices(tables, [own('a', 0.0000015)]).price({ ...call, usage: { inputTokens: 1_000 } })).toEqual({
      ...{ source: 'computed', nanos: 2n, version: 'own a.3', priceId: '*/gpt-4o*' },
      lines: [{ type: 'input', tokens: 1_000, usdPerMillion: 0.0000015, nanos: 2n }],
    });
  });

  it.each<[string, string, OwnPrice[]]>([
    ['a tenant before everybody', 'b', [own('a', 1, { model: 'gpt-4o' }), own('b', 2, { tenant: 'acme' })]],
    ['a name before a pattern', 'b', [own('a', 1), own('b', 2, { model: 'gpt-4o' })]],
    ['a longer pattern', 'b', [own('a', 1, { model: 'gpt*' }), own('b', 2)]],
    ['a provider before any', 'b', [own('a', 1), own('b', 2, { provider: 'OpenAI' })]],
    ['the later day', 'b', [own('a', 1, { from: '2026-01-01' }), own('b', 2, { from: '2026-11-21' })]],
    ['a day that has come', 'a', [own('a', 1), own('b', 2, { from: '2026-11-22' })]],
  ])('take %s', (_, id, prices) => {
    expect(chosen(prices)).toEqual(used(id));
  });

  it('leave the tables to what they are not about: others’ tenants, providers, models, and service tiers', () => {
    const prices = [own('a', 1, { tenant: 'acme', provider: 'openai' })];
    expect(chosen(prices, { tenant: 'beta' })).toEqual(table);
    expect(chosen(prices, { provider: 'azure.ai.openai' })).not.toEqual(used('a'));
    expect(chosen(prices, { serviceTier: 'flex' })[0]).not.toBe('own a.3');
    expect(chosen(prices, { requestModel: 'o3', responseModel: 'o3' })).toEqual(
      chosen([], { requestModel: 'o3', responseModel: 'o3' }),
    );
  });

  it('without a rate for what was used leave the call unpriced, and are not mixed with the tables', () => {
    const price = withOwnPrices(tables, [own('a', 1)]).price({ ...call, usage: { inputTokens: 1, outputTokens: 1 } });
    expect(price).toBeUndefined();
  });
});
