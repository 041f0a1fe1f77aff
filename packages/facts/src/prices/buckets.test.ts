import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Usage } from '../facts.ts';
import { bucketsOf, hasUsage } from './buckets.ts';

const split = (usage: Usage) => Object.fromEntries(bucketsOf(usage).buckets.map(({ type, tokens }) => [type, tokens]));

it('inclusive counts become disjoint buckets', () => {
  expect(
    split({
      inputTokens: 1000,
      cacheReadTokens: 300,
      cacheReadAudioTokens: 100,
      cacheWriteTokens: 200,
      cacheWrite1hTokens: 50,
      inputAudioTokens: 150,
      inputImageTokens: 40,
      outputTokens: 500,
      reasoningTokens: 200,
      outputAudioTokens: 100,
      outputImageTokens: 50,
    }),
  ).toEqual({
    cache_read: 200,
    cache_read_audio: 100,
    cache_write: 150,
    cache_write_1h: 50,
    input_audio: 50,
    input_image: 40,
    input: 410,
    reasoning: 200,
    output_audio: 100,
    output_image: 50,
    output: 150,
  });
});

it('parts that exceed their total are cut', () => {
  expect(split({ inputTokens: 100, cacheReadTokens: 80, cacheWriteTokens: 80 })).toEqual({
    cache_read: 80,
    cache_write: 20,
  });
  expect(split({ outputTokens: 10, reasoningTokens: 11 })).toEqual({ reasoning: 10 });
  expect(split({ inputTokens: 100, cacheWriteTokens: 10, cacheWrite1hTokens: 20 })).toEqual({
    input: 90,
    cache_write_1h: 10,
  });
  expect(split({ inputTokens: 100, cacheReadTokens: 10, cacheReadAudioTokens: 20 })).toEqual({
    input: 80,
    cache_read_audio: 10,
    input_audio: 10,
  });
});

it('parts that were reported without their total make it', () => {
  expect(bucketsOf({ cacheReadTokens: 80 })).toEqual({
    buckets: [{ type: 'cache_read', tokens: 80 }],
    inputTokens: 80,
  });
  expect(split({ cacheWrite1hTokens: 7 })).toEqual({ cache_write_1h: 7 });
  expect(split({ cacheReadAudioTokens: 7 })).toEqual({ cache_read_audio: 7 });
});

it('what is no count was not reported', () => {
  for (const nonsense of [NaN, -1, Infinity, 2 ** 53, '7' as unknown as number, null as unknown as number]) {
    expect(split({ inputTokens: nonsense })).toEqual({});
    expect(hasUsage({ inputTokens: nonsense })).toBe(false);
  }
  expect(split({ inputTokens: 7.9 })).toEqual({ input: 7 });
  expect(split({ inputTokens: Number.MAX_SAFE_INTEGER })).toEqual({ input: Number.MAX_SAFE_INTEGER });
});

it('a reported zero is usage, silence is none', () => {
  expect(hasUsage({ outputTokens: 0 })).toBe(true);
  expect(hasUsage({ usageSource: 'provider' })).toBe(false);
});

it('LLM-50 buckets are never negative and add up to the totals, whatever was reported', () => {
  const count = fc.option(fc.oneof(fc.nat({ max: 1000 }), fc.double(), fc.maxSafeInteger()), { nil: undefined });
  fc.assert(
    fc.property(
      fc.record({
        inputTokens: fc.nat({ max: 1000 }),
        outputTokens: fc.nat({ max: 1000 }),
        cacheReadTokens: count,
        cacheWriteTokens: count,
        cacheWrite1hTokens: count,
        reasoningTokens: count,
        inputAudioTokens: count,
        outputAudioTokens: count,
        cacheReadAudioTokens: count,
        inputImageTokens: count,
        outputImageTokens: count,
      }),
      (usage) => {
        const { buckets, inputTokens } = bucketsOf(usage as Usage);
        expect(buckets.every(({ tokens }) => Number.isSafeInteger(tokens) && tokens > 0)).toBe(true);
        expect(new Set(buckets.map(({ type }) => type)).size).toBe(buckets.length);
        expect(inputTokens).toBe(usage.inputTokens);
        expect(buckets.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(usage.inputTokens + usage.outputTokens);
      },
    ),
  );
});
