import type { Usage } from '@tallyspan/facts';
import { count, fields } from '../../read.ts';

/**
 * `usage_metadata` of a message is our house rule: `input_tokens` is the sum of all kinds of input, `output_tokens` of all kinds of
 * output. Some releases of `@langchain/anthropic` left the cache out of the sum; what Anthropic said is then beside it, word for word.
 * Source: `@langchain/core`, `UsageMetadata`. Models without it report `llmOutput.tokenUsage`, or an estimate of it.
 */
export function messageUsage(message: unknown, llmOutput: unknown): Usage {
  const { usage_metadata, response_metadata } = fields(message);
  const usage = fields(usage_metadata);
  const input = fields(usage.input_token_details);
  const output = fields(usage.output_token_details);
  const inputTokens = count(usage.input_tokens);
  if (inputTokens === undefined) return callUsage(llmOutput);
  const anthropic = fields(fields(response_metadata).usage);
  const beside = (count(anthropic.cache_read_input_tokens) ?? 0) + (count(anthropic.cache_creation_input_tokens) ?? 0);
  const isLeftOut = beside > 0 && count(anthropic.input_tokens) === inputTokens;
  return {
    inputTokens: isLeftOut ? inputTokens + beside : inputTokens,
    outputTokens: count(usage.output_tokens),
    cacheReadTokens: count(input.cache_read),
    cacheWriteTokens: count(input.cache_creation),
    reasoningTokens: count(output.reasoning),
    inputAudioTokens: count(input.audio),
    outputAudioTokens: count(output.audio),
  };
}

function callUsage(llmOutput: unknown): Usage {
  const { tokenUsage, estimatedTokenUsage } = fields(llmOutput);
  const known = fields(tokenUsage);
  const inputTokens = count(known.promptTokens);
  if (inputTokens !== undefined) return { inputTokens, outputTokens: count(known.completionTokens) };
  const guessed = fields(estimatedTokenUsage);
  if (count(guessed.promptTokens) === undefined) return {};
  return {
    inputTokens: count(guessed.promptTokens),
    outputTokens: count(guessed.completionTokens),
    usageSource: 'estimated',
  };
}
