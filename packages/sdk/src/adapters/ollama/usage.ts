import type { Answered } from '@tallyspan/facts';
import { count, fields, number } from '../../read.ts';

/**
 * Ollama's rule: `prompt_eval_count` and `eval_count` of the last chunk, thinking included and not told apart. A prompt that was still
 * in the server's cache is not evaluated again, and then its count is left out: absent, not zero. Durations are nanoseconds.
 */
export function ollamaUsage(result: unknown): Answered {
  const reported = fields(result);
  return {
    inputTokens: count(reported.prompt_eval_count),
    outputTokens: count(reported.eval_count),
    modelLoadSeconds: seconds(reported.load_duration),
    promptSeconds: seconds(reported.prompt_eval_duration),
    generationSeconds: seconds(reported.eval_duration),
  };
}

function seconds(nanoseconds: unknown): number | undefined {
  const known = number(nanoseconds);
  return known === undefined ? undefined : known / 1e9;
}
