import type { Usage } from '@tallyspan/facts';
import { count, fields, list } from '../../read.ts';

/**
 * Gemini's rule (`usageMetadata`): `promptTokenCount` includes what came from the cache, but not what tools put into the prompt;
 * `candidatesTokenCount` excludes thoughts. A count of zero is left out of the wire, and so is one that is not known yet, so an absent one stays
 * absent. Each chunk of a stream repeats the running total: the last one counts.
 */
export function geminiUsage(metadata: unknown): Usage {
  const reported = fields(metadata);
  const thoughts = count(reported.thoughtsTokenCount);
  return {
    inputTokens: sum(reported.promptTokenCount, reported.toolUsePromptTokenCount),
    outputTokens: sum(reported.candidatesTokenCount, thoughts),
    cacheReadTokens: count(reported.cachedContentTokenCount),
    reasoningTokens: thoughts,
    inputAudioTokens: sum(of('AUDIO', reported.promptTokensDetails), of('AUDIO', reported.toolUsePromptTokensDetails)),
    inputImageTokens: sum(of('IMAGE', reported.promptTokensDetails), of('IMAGE', reported.toolUsePromptTokensDetails)),
    cacheReadAudioTokens: of('AUDIO', reported.cacheTokensDetails),
    outputAudioTokens: of('AUDIO', reported.candidatesTokensDetails),
    outputImageTokens: of('IMAGE', reported.candidatesTokensDetails),
  };
}

/** What is known of a sum; absent when nothing is. */
export function sum(...parts: unknown[]): number | undefined {
  const known = parts.map(count).filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, part) => total + part, 0);
}

/** The tokens of one modality, where the provider tells modalities apart. */
function of(modality: string, details: unknown): number | undefined {
  const found = list(details)
    .map(fields)
    .filter((detail) => detail.modality === modality);
  return sum(...found.map((detail) => detail.tokenCount));
}
