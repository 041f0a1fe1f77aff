import type { Usage } from '@tallyspan/facts';
import { count, fields } from '../../read.ts';

/**
 * Tokens as the AI SDK reports them, which is our house rule: `inputTokens.total` includes cache reads and writes, `outputTokens.total`
 * includes reasoning. Models of specification v3 and v4 (AI SDK 6 and 7) answer nested totals; v2 (AI SDK 5), and the events of every
 * version, flat ones. Source: `@ai-sdk/provider`, `LanguageModelV4Usage`; `ai`, `LanguageModelUsage`.
 */
export function languageUsage(usage: unknown): Usage {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, inputTokenDetails, outputTokenDetails } =
    fields(usage);
  const input = fields(inputTokens);
  const output = fields(outputTokens);
  return {
    inputTokens: count(input.total) ?? count(inputTokens),
    outputTokens: count(output.total) ?? count(outputTokens),
    cacheReadTokens:
      count(input.cacheRead) ?? count(fields(inputTokenDetails).cacheReadTokens) ?? count(cachedInputTokens),
    cacheWriteTokens: count(input.cacheWrite) ?? count(fields(inputTokenDetails).cacheWriteTokens),
    reasoningTokens:
      count(output.reasoning) ?? count(fields(outputTokenDetails).reasoningTokens) ?? count(reasoningTokens),
  };
}

/** Embeddings have one figure; `NaN` where the provider reported none. Source: `EmbeddingModelV4Result`. */
export function embeddingUsage(usage: unknown): Usage {
  return { inputTokens: count(fields(usage).tokens) };
}
