import type { Answered } from '@tallyspan/facts';
import { count, fields } from '../../read.ts';

/**
 * Cohere bills `billedUnits`, which leave out what it adds to a prompt by itself, so they go before `tokens`. Cached tokens are inside
 * the input; reasoning is inside the output. Both generations of the API say the same, one in `meta`, one in `usage`.
 * Source: Cohere API reference, "Chat", `usage`, and "How does pricing work?".
 */
export function usageOf(usage: unknown): Answered {
  const { billedUnits, tokens, cachedTokens } = fields(usage);
  const billed = fields(billedUnits);
  const counted = fields(tokens);
  return {
    inputTokens: count(billed.inputTokens) ?? count(counted.inputTokens),
    outputTokens: count(billed.outputTokens) ?? count(counted.outputTokens),
    cacheReadTokens: count(cachedTokens),
    inputImageTokens: count(billed.imageTokens),
    searchUnits: count(billed.searchUnits),
  };
}
