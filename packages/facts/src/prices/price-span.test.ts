import { describe, expect, it } from 'vitest';
import { BILLABLE, type Facts } from '../facts.ts';
import { loadPrices } from './price.ts';
import { priceSpan } from './price-span.ts';

const prices = await loadPrices();
const start = BigInt(Date.parse('2026-11-21T12:00:00Z')) * 1_000_000n;
const chat: Facts = {
  operation: 'chat',
  provider: 'openai',
  responseModel: 'gpt-4o-2024-08-06',
  inputTokens: 1000,
  outputTokens: 100,
};
const cost = (facts: Facts) => priceSpan(prices, { facts, start });

describe('the cost of a span', () => {
  it('COST-17 is computed from the table, the tokens and the time of the call', () => {
    expect(cost(chat)).toMatchObject({
      source: 'computed',
      nanos: 3_500_000n,
      version: 'genai-prices 0.1.8',
      priceId: 'openai/gpt-4o',
    });
    const june = BigInt(Date.parse('2025-06-01')) * 1_000_000n;
    const o3 = { ...chat, responseModel: 'o3' };
    expect(priceSpan(prices, { facts: o3, start: june })).toMatchObject({ nanos: 14_000_000n });
    expect(cost(o3)).toMatchObject({ nanos: 2_800_000n });
  });

  it('is what the provider says, when it says something', () => {
    expect(cost({ ...chat, costNanoUsd: 42n, costSource: 'provider' })).toEqual({
      source: 'provider',
      nanos: 42n,
      lines: [],
    });
    expect(cost({ ...chat, errorType: '500', costNanoUsd: 42n, costSource: 'provider' })).toMatchObject({ nanos: 42n });
  });

  it('is computed again here when the sender had computed it', () => {
    expect(cost({ ...chat, costNanoUsd: 42n, costSource: 'computed', costVersion: 'older' })).toMatchObject({
      source: 'computed',
      nanos: 3_500_000n,
    });
    expect(cost({ ...chat, costNanoUsd: 42n })).toMatchObject({ source: 'computed', nanos: 3_500_000n });
  });

  it('is the sender’s where our table knows none', () => {
    const own: Facts = { ...chat, responseModel: 'in-house', costNanoUsd: 42n };
    expect(cost(own)).toEqual({ source: 'client', nanos: 42n, lines: [] });
    expect(cost({ ...own, costVersion: 'theirs 1' })).toEqual({
      source: 'client',
      nanos: 42n,
      lines: [],
      version: 'theirs 1',
    });
    expect(cost({ operation: 'chat', costNanoUsd: 0n })).toEqual({ source: 'client', nanos: 0n, lines: [] });
  });

  it('COST-17 is unpriced, and not 0, where nobody knows it', () => {
    const unpriced = { source: 'unpriced', lines: [] };
    expect(cost({ ...chat, responseModel: 'in-house' })).toEqual(unpriced);
    expect(cost({ operation: 'chat', provider: 'openai', responseModel: 'gpt-4o' })).toEqual(unpriced);
    expect(cost({ ...chat, responseServiceTier: 'scale' })).toEqual(unpriced);
    expect(cost({ operation: 'rerank', provider: 'cohere', requestModel: 'rerank-v3.5' })).toEqual(unpriced);
  });

  it('does not exist for a call that failed before a token was counted; tokens of a broken stream are priced', () => {
    const failed: Facts = { operation: 'chat', provider: 'openai', requestModel: 'gpt-4o', errorType: '429' };
    expect(cost(failed)).toBeUndefined();
    expect(cost({ ...failed, inputTokens: 1000 })).toMatchObject({ source: 'computed', nanos: 2_500_000n });
    expect(cost({ ...failed, requestModel: 'in-house', inputTokens: 1000 })).toEqual({ source: 'unpriced', lines: [] });
  });

  it('does not exist for what no provider bills: an agent’s span repeats what its children used', () => {
    for (const operation of ['invoke_agent', 'execute_tool', 'invoke_workflow', 'retrieval', 'anything']) {
      expect(cost({ ...chat, operation, costNanoUsd: 42n, costSource: 'provider' })).toBeUndefined();
    }
    const { operation: _, ...nameless } = chat;
    expect(cost(nameless)).toBeUndefined();
    for (const operation of BILLABLE) expect(cost({ ...chat, operation })).toMatchObject({ source: 'computed' });
  });

  it('follows the tier that served the call, and the requested one while nothing else is known', () => {
    expect(cost({ ...chat, requestServiceTier: 'flex' })).toMatchObject({ nanos: 1_750_000n });
    expect(cost({ ...chat, requestServiceTier: 'flex', responseServiceTier: 'default' })).toMatchObject({
      nanos: 3_500_000n,
    });
  });

  it('follows the address that was called', () => {
    expect(cost({ ...chat, responseModel: 'deepseek-chat', serverAddress: 'api.deepseek.com' })).toMatchObject({
      priceId: 'deepseek/deepseek-chat',
    });
  });
});
