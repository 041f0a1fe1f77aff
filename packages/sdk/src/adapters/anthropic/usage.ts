import type { Usage } from '@tallyspan/facts';
import { count, fields } from '../../read.ts';

/**
 * Anthropic counts cached tokens beside `input_tokens`: our input is the sum of all three (the conventions say MUST).
 * Thinking is inside `output_tokens`. Source: Anthropic API reference, "Messages", `usage`.
 */
export function usageOf(usage: unknown): Usage {
  const {
    input_tokens,
    output_tokens,
    cache_read_input_tokens,
    cache_creation_input_tokens,
    cache_creation,
    output_tokens_details,
  } = fields(usage);
  const fresh = count(input_tokens);
  const cacheReadTokens = count(cache_read_input_tokens);
  const cacheWriteTokens = count(cache_creation_input_tokens);
  return {
    inputTokens: fresh === undefined ? undefined : fresh + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
    outputTokens: count(output_tokens),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: count(fields(cache_creation).ephemeral_1h_input_tokens),
    reasoningTokens: count(fields(output_tokens_details).thinking_tokens),
  };
}
