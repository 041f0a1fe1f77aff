import type { Usage } from '../facts.ts';
import type { RateType } from './rates.ts';

/** A kind of token and how many there are. */
export interface Bucket {
  type: RateType;
  tokens: number;
}

/** Whether anybody counted anything. Usage that was reported as zero is usage. */
export function hasUsage(usage: Usage): boolean {
  return COUNTS.some((count) => reported(usage[count]) !== undefined);
}

const COUNTS = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'inputAudioTokens',
  'outputAudioTokens',
  'cacheReadAudioTokens',
  'inputImageTokens',
  'outputImageTokens',
] as const satisfies (keyof Usage)[];

/** A count is a whole number from 0 to 2^53; anything else was not reported. */
function reported(count: number | undefined): number | undefined {
  return typeof count === 'number' && count >= 0 && count <= Number.MAX_SAFE_INTEGER ? Math.floor(count) : undefined;
}

/**
 * Inclusive usage as disjoint buckets, empty ones left out:
 *
 *     inputTokens 1000 ┬ cacheRead 700 ┬ cacheReadAudio 100        cache_read 600   cache_read_audio 100
 *                      │               └ (text) 600           →    input_audio 50   input 250
 *                      └ inputAudio 150 (100 of them cached)
 *
 * The total rules. A part that was reported without its total makes the total; parts that exceed it are cut, in the order below,
 * so that never more is billed than the provider counted and never a negative number.
 */
export function bucketsOf(usage: Usage): { buckets: Bucket[]; inputTokens: number } {
  const cacheWrite1h = reported(usage.cacheWrite1hTokens) ?? 0;
  const cacheReadAudio = reported(usage.cacheReadAudioTokens) ?? 0;
  const cacheWrite = reported(usage.cacheWriteTokens) ?? cacheWrite1h;
  const cacheRead = reported(usage.cacheReadTokens) ?? cacheReadAudio;
  const inputAudio = reported(usage.inputAudioTokens) ?? cacheReadAudio;
  const cachedAudio = Math.min(cacheReadAudio, cacheRead, inputAudio);
  const longWrites = Math.min(cacheWrite1h, cacheWrite);

  const buckets: Bucket[] = [];
  const inputTokens = addSplit(buckets, 'input', reported(usage.inputTokens), [
    { type: 'cache_read', tokens: cacheRead - cachedAudio },
    { type: 'cache_read_audio', tokens: cachedAudio },
    { type: 'cache_write_1h', tokens: longWrites },
    { type: 'cache_write', tokens: cacheWrite - longWrites },
    { type: 'input_audio', tokens: inputAudio - cachedAudio },
    { type: 'input_image', tokens: reported(usage.inputImageTokens) ?? 0 },
  ]);
  addSplit(buckets, 'output', reported(usage.outputTokens), [
    { type: 'reasoning', tokens: reported(usage.reasoningTokens) ?? 0 },
    { type: 'output_audio', tokens: reported(usage.outputAudioTokens) ?? 0 },
    { type: 'output_image', tokens: reported(usage.outputImageTokens) ?? 0 },
  ]);
  return { buckets, inputTokens };
}

/** Adds what is left of the total when its parts are taken out, then the parts. Answers the total. */
function addSplit(buckets: Bucket[], rest: RateType, reportedTotal: number | undefined, parts: Bucket[]): number {
  const total =
    reportedTotal ??
    Math.min(
      parts.reduce((sum, part) => sum + part.tokens, 0),
      Number.MAX_SAFE_INTEGER,
    );
  let left = total;
  for (const part of parts) {
    part.tokens = Math.min(part.tokens, left);
    left -= part.tokens;
  }
  if (left > 0) buckets.push({ type: rest, tokens: left });
  for (const part of parts) if (part.tokens > 0) buckets.push(part);
  return total;
}
