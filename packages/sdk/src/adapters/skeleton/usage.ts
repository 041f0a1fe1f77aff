import type { Usage } from '@tallyspan/facts';
import { count, fields } from '../../read.ts';

/**
 * The provider's arithmetic: here cached tokens are beside `input`, and reasoning is inside `output`. Ours: input includes what was read
 * from and written to a cache, output includes reasoning. Source: (where the provider says so).
 */
export function chatUsage(usage: unknown): Usage {
  const { input, cached, output } = fields(usage);
  const cacheReadTokens = count(cached);
  const fresh = count(input);
  return {
    inputTokens: fresh === undefined ? undefined : fresh + (cacheReadTokens ?? 0),
    outputTokens: count(output),
    cacheReadTokens,
  };
}
