import type { Usage } from '@tallyspan/facts';
import { count, fields } from '../../read.ts';

/**
 * Chat and embeddings: cached tokens are inside `prompt_tokens`, reasoning is inside `completion_tokens`, which is our house rule.
 * Source: OpenAI API reference, "The chat completion object", `usage`.
 */
export function chatUsage(usage: unknown, provider?: string): Usage {
  const {
    prompt_tokens,
    completion_tokens,
    prompt_tokens_details,
    completion_tokens_details,
    prompt_cache_hit_tokens,
  } = fields(usage);
  const input = fields(prompt_tokens_details);
  const output = fields(completion_tokens_details);
  const reasoningTokens = count(output.reasoning_tokens);
  let outputTokens = count(completion_tokens);
  // xAI counts reasoning beside completion_tokens (12 prompt + 2 completion + 340 reasoning = 354 total): add it.
  if (provider === 'x_ai' && outputTokens !== undefined) outputTokens += reasoningTokens ?? 0;
  return {
    inputTokens: count(prompt_tokens),
    outputTokens,
    // DeepSeek names its cache hits otherwise; they are inside prompt_tokens too.
    cacheReadTokens: count(input.cached_tokens) ?? count(prompt_cache_hit_tokens),
    cacheWriteTokens: count(input.cache_write_tokens),
    reasoningTokens,
    inputAudioTokens: count(input.audio_tokens),
    outputAudioTokens: count(output.audio_tokens),
    inputImageTokens: count(input.image_tokens),
  };
}

/** Responses: `input_tokens` includes cached and written ones, `output_tokens` includes reasoning. Source: "The response object", `usage`. */
export function responseUsage(usage: unknown): Usage {
  const { input_tokens, output_tokens, input_tokens_details, output_tokens_details } = fields(usage);
  const input = fields(input_tokens_details);
  const output = fields(output_tokens_details);
  return {
    inputTokens: count(input_tokens),
    outputTokens: count(output_tokens),
    cacheReadTokens: count(input.cached_tokens),
    cacheWriteTokens: count(input.cache_write_tokens),
    reasoningTokens: count(output.reasoning_tokens),
  };
}
