/**
 * The package that the tables are made of is the oracle: every name it recognises, at every date and hour where a price changes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { calcPrice, type MatchLogic, type ModelInfo, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import type { Usage } from '../facts.ts';
import { pricesFrom } from './price.ts';
import { providers as generated, version } from './tables.generated.ts';

const packaged: Provider[] = (await waitForUpdate()) ?? [];
const prices = pricesFrom(version, generated, []);
const root = resolve(import.meta.dirname, '../../../..');
const NOW = new Date('2026-11-21T12:00:00Z');

const usages: Record<string, Usage> = {
  'input only': { inputTokens: 8191 },
  plain: { inputTokens: 1234, outputTokens: 567 },
  cached: { inputTokens: 10_001, cacheReadTokens: 7003, cacheWriteTokens: 1001, outputTokens: 11 },
  'cached for an hour': {
    inputTokens: 5000,
    cacheReadTokens: 100,
    cacheWriteTokens: 1000,
    cacheWrite1hTokens: 900,
    outputTokens: 77,
  },
  reasoning: { inputTokens: 33, outputTokens: 4097, reasoningTokens: 4000 },
  audio: { inputTokens: 3000, inputAudioTokens: 2000, outputTokens: 1500, outputAudioTokens: 1400 },
  'cached audio': {
    inputTokens: 3000,
    inputAudioTokens: 2000,
    cacheReadTokens: 1500,
    cacheReadAudioTokens: 700,
    outputTokens: 1,
  },
  images: { inputTokens: 3000, inputImageTokens: 2000, outputTokens: 1500, outputImageTokens: 1400 },
  '200k': { inputTokens: 200_000, outputTokens: 1000, cacheReadTokens: 50_000 },
  'over 200k': { inputTokens: 200_001, outputTokens: 1000, cacheReadTokens: 50_000 },
  '272k less one': { inputTokens: 271_999, outputTokens: 1000 },
  '272k': { inputTokens: 272_000, outputTokens: 1000 },
  'over 272k': { inputTokens: 272_001, outputTokens: 1000 },
};

/** The same usage in the package's words. The explicit zero is the overlap which our facts have no count for. */
function inItsWords(usage: Usage): Record<string, number | undefined> {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    output_reasoning_tokens: usage.reasoningTokens,
    input_audio_tokens: usage.inputAudioTokens,
    output_audio_tokens: usage.outputAudioTokens,
    cache_audio_read_tokens: usage.cacheReadAudioTokens,
    input_image_tokens: usage.inputImageTokens,
    output_image_tokens: usage.outputImageTokens,
    cache_image_read_tokens: 0,
  };
}

/** Every literal in a model's match logic, and its id; whichever of them the package itself takes for this model. */
function namesOf(provider: Provider, model: ModelInfo): string[] {
  const literals = (logic: MatchLogic): string[] => {
    if ('or' in logic) return logic.or.flatMap(literals);
    if ('and' in logic) return logic.and.flatMap(literals);
    return Object.values(logic) as string[];
  };
  return [
    ...new Set([model.id, ...literals(model.match), ...literals(model.match).map((one) => `${one}-20250514`)]),
  ].filter((name) => {
    const found = calcPrice({ input_tokens: 1 }, name, { providerId: provider.id, timestamp: NOW });
    return found?.model.id === model.id;
  });
}

function momentsOf(model: ModelInfo): Date[] {
  if (!Array.isArray(model.prices)) return [NOW];
  const moments = model.prices.flatMap(({ constraint }) => {
    if (constraint === undefined) return [];
    if (constraint.type === 'start_date')
      return [-1, 0, 86_400_000].map((shift) => Date.parse(constraint.start_date) + shift);
    return [constraint.start_time, constraint.end_time].flatMap((time) =>
      [-1, 0, 1].map((shift) => Date.parse(`2026-11-21T${time}`) + shift),
    );
  });
  return [NOW, new Date('2024-01-01T00:00:00Z'), ...moments.map((moment) => new Date(moment))];
}

describe('the generated tables', () => {
  it('COST-17 give the same total as the package they come from, for every model, usage and moment', () => {
    let compared = 0;
    const models = new Set<string>();
    const unknown = new Set<string>();
    const wrong: string[] = [];
    for (const provider of packaged) {
      for (const model of provider.models) {
        for (const name of namesOf(provider, model)) {
          for (const at of momentsOf(model)) {
            for (const [title, usage] of Object.entries(usages)) {
              const theirs = calcPrice(inItsWords(usage), name, { providerId: provider.id, timestamp: at })!;
              const ours = prices.price({ provider: provider.id, requestModel: name, usage, at });
              models.add(`${provider.id}/${model.id}`);
              compared++;
              if (ours === undefined) {
                // A model that only its input is billed for, as embeddings are: output without a price is unknown too.
                const noPrice = title === 'input only' || 'output_mtok' in theirs.model_price;
                if (noPrice) unknown.add(`${provider.id}/${model.id}`);
                continue;
              }
              const nanos = theirs.total_price * 1e9;
              const tolerance = ours.lines.length / 2 + nanos * 1e-9;
              if (!ours.priceId?.endsWith(`/${model.id}`) || Math.abs(Number(ours.nanos) - nanos) > tolerance) {
                wrong.push(
                  `${provider.id} ${name} ${title} ${at.toISOString()}: ${ours.priceId} ${ours.nanos} instead of ${nanos}`,
                );
              }
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(models.size).toBe(packaged.reduce((sum, provider) => sum + provider.models.length, 0));
    expect(compared).toBeGreaterThan(40_000);
    // Billed by the hour or the page, or listed without any price: that costs nothing there and is unknown here.
    expect([...unknown].sort()).toMatchInlineSnapshot(`
      [
        "cerebras/qwen-3-coder-480b",
        "groq/whisper-large-v3",
        "groq/whisper-large-v3-turbo",
        "huggingface_together/ServiceNow-AI/Apriel-1.6-15b-Thinker",
        "mistral/mistral-ocr-2503",
        "mistral/mistral-ocr-2505",
        "mistral/mistral-ocr-2512",
        "mistral/mistral-ocr-4-0",
        "mistral/mistral-ocr-4-1",
        "mistral/mistral-ocr-latest",
        "mistral/voxtral-mini-2602",
        "openai/gpt-transcribe",
        "openai/whisper-1",
        "openrouter/google/lyria-3-clip-preview",
        "openrouter/google/lyria-3-pro-preview",
        "x-ai/grok-voice-latest",
        "x-ai/grok-voice-think-fast-1.0",
        "x-ai/grok-voice-think-fast-2.0",
      ]
    `);
  }, 120_000);

  it('contain every model of the package', () => {
    for (const provider of packaged) {
      const rows = JSON.parse(generated.find(({ id }) => id === provider.id)!.models) as [string][];
      expect(rows.map(([id]) => id)).toEqual(provider.models.map(({ id }) => id));
    }
    expect(generated.length).toBe(packaged.length);
  });

  it('are fresh, and a stale file is found out', () => {
    const check = (...options: string[]) =>
      spawnSync(process.execPath, ['tools/generate-prices.ts', '--check', ...options], { cwd: root, encoding: 'utf8' });
    expect(check()).toMatchObject({ status: 0 });

    const folder = mkdtempSync(join(tmpdir(), 'prices-'));
    try {
      const stale = join(folder, 'stale.ts');
      writeFileSync(
        stale,
        readFileSync(join(import.meta.dirname, 'tables.generated.ts'), 'utf8').replace('"input":2.5', '"input":2.6'),
      );
      expect(check('--to', stale)).toMatchObject({ status: 1, stderr: expect.stringContaining('is stale') });
      expect(check('--to', join(folder, 'missing.ts'))).toMatchObject({ status: 1 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
