import type { Answered, Usage } from '@tallyspan/facts';
import { count, fields, list, text } from '../../read.ts';

/** Anthropic's own counts, which are disjoint: cached tokens are beside `input_tokens`. */
interface Counted {
  fresh: number | undefined;
  output: number | undefined;
  cacheRead: number | undefined;
  cacheWrite: number | undefined;
  cacheWrite1h: number | undefined;
}

/**
 * Anthropic counts cached tokens beside `input_tokens`: our input is the sum of all three (the conventions say MUST).
 * Thinking is inside `output_tokens`. What a compaction used is in its entry of `iterations` and not in the totals; the other
 * iterations are. Source: Anthropic API reference, "Messages", `usage`.
 */
export function usageOf(usage: unknown): Usage & Pick<Answered, 'webSearchRequests' | 'responseServiceTier'> {
  const { output_tokens_details, server_tool_use, service_tier, speed, iterations } = fields(usage);
  const all = [usage, ...list(iterations).filter((iteration) => fields(iteration).type === 'compaction')].map(counted);
  const fresh = sum(all, 'fresh');
  const cacheReadTokens = sum(all, 'cacheRead');
  const cacheWriteTokens = sum(all, 'cacheWrite');
  return {
    inputTokens: fresh === undefined ? undefined : fresh + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
    outputTokens: sum(all, 'output'),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: sum(all, 'cacheWrite1h'),
    reasoningTokens: count(fields(output_tokens_details).thinking_tokens),
    webSearchRequests: count(fields(server_tool_use).web_search_requests),
    // Fast answers have prices of their own, as a tier has: with the standard one the cost would be wrong.
    responseServiceTier: speed === 'fast' ? 'fast' : text(service_tier),
  };
}

function counted(usage: unknown): Counted {
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens, cache_creation } =
    fields(usage);
  return {
    fresh: count(input_tokens),
    output: count(output_tokens),
    cacheRead: count(cache_read_input_tokens),
    cacheWrite: count(cache_creation_input_tokens),
    cacheWrite1h: count(fields(cache_creation).ephemeral_1h_input_tokens),
  };
}

/** Undefined where nobody reported it, which is not zero. */
function sum(all: readonly Counted[], key: keyof Counted): number | undefined {
  let total: number | undefined;
  for (const { [key]: tokens } of all) if (tokens !== undefined) total = (total ?? 0) + tokens;
  return total;
}
