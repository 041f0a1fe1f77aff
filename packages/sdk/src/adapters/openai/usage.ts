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
    total_tokens,
    prompt_tokens_details,
    completion_tokens_details,
    prompt_cache_hit_tokens,
    cached_tokens,
  } = fields(usage);
  const input = fields(prompt_tokens_details);
  const output = fields(completion_tokens_details);
  const inputTokens = count(prompt_tokens);
  const reasoningTokens = count(output.reasoning_tokens);
  let outputTokens = count(completion_tokens);
  // xAI counts reasoning beside completion_tokens (12 prompt + 2 completion + 340 reasoning = 354 total), unless its total says otherwise.
  if (provider === 'x_ai' && outputTokens !== undefined && total_tokens !== (inputTokens ?? 0) + outputTokens)
    outputTokens += reasoningTokens ?? 0;
  return {
    inputTokens,
    outputTokens,
    // DeepSeek and Moonshot name their cache hits otherwise; they are inside prompt_tokens too.
    cacheReadTokens: count(input.cached_tokens) ?? count(prompt_cache_hit_tokens) ?? count(cached_tokens),
    cacheWriteTokens: count(input.cache_write_tokens),
    reasoningTokens,
    inputAudioTokens: count(input.audio_tokens),
    outputAudioTokens: count(output.audio_tokens),
    inputImageTokens: count(input.image_tokens),
  };
}

/**
 * Responses, images, transcriptions, batches and the realtime API: `input_tokens` includes cached and written ones, `output_tokens`
 * includes reasoning. The realtime API and transcriptions write `input_token_details`, without the s.
 * Source: OpenAI API reference, "The response object", "The image generation response", "response.done", `usage`.
 */
export function responseUsage(usage: unknown): Usage {
  const spent = fields(usage);
  const input = fields(spent.input_tokens_details ?? spent.input_token_details);
  const output = fields(spent.output_tokens_details ?? spent.output_token_details);
  return {
    inputTokens: count(spent.input_tokens),
    outputTokens: count(spent.output_tokens),
    cacheReadTokens: count(input.cached_tokens),
    cacheReadAudioTokens: count(fields(input.cached_tokens_details).audio_tokens),
    cacheWriteTokens: count(input.cache_write_tokens),
    reasoningTokens: count(output.reasoning_tokens),
    inputAudioTokens: count(input.audio_tokens),
    outputAudioTokens: count(output.audio_tokens),
    inputImageTokens: count(input.image_tokens),
    outputImageTokens: count(output.image_tokens),
  };
}
