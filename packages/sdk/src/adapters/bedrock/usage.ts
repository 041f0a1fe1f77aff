import type { Answered, Usage } from '@tallyspan/facts';
import { count, fields, list, text } from '../../read.ts';

/**
 * Bedrock's own counts are disjoint: `inputTokens` leaves out what was read from and written to the cache, so our input is the sum of
 * all three. `outputTokens` includes reasoning, which is not told apart. Source: Amazon Bedrock API reference, `TokenUsage`.
 */
export function converseUsage(usage: unknown): Usage {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, cacheDetails } = fields(usage);
  const hour = list(cacheDetails)
    .map(fields)
    .find(({ ttl }) => ttl === '1h');
  return inclusive({
    fresh: count(inputTokens),
    output: count(outputTokens),
    cacheRead: count(cacheReadInputTokens),
    cacheWrite: count(cacheWriteInputTokens),
    cacheWrite1h: count(hour?.inputTokens),
  });
}

/** The same, as Amazon Nova's own bodies spell it. Source: Amazon Nova user guide, "Complete request schema". */
export function novaUsage(usage: unknown): Usage {
  const { inputTokens, outputTokens, cacheReadInputTokenCount, cacheWriteInputTokenCount } = fields(usage);
  return inclusive({
    fresh: count(inputTokens),
    output: count(outputTokens),
    cacheRead: count(cacheReadInputTokenCount),
    cacheWrite: count(cacheWriteInputTokenCount),
  });
}

/** The same, as the last chunk of every streamed model has it under `amazon-bedrock-invocationMetrics`. */
export function metricsUsage(metrics: unknown): Usage {
  const { inputTokenCount, outputTokenCount, cacheReadInputTokenCount, cacheWriteInputTokenCount } = fields(metrics);
  return inclusive({
    fresh: count(inputTokenCount),
    output: count(outputTokenCount),
    cacheRead: count(cacheReadInputTokenCount),
    cacheWrite: count(cacheWriteInputTokenCount),
  });
}

/** The same, as the headers of an answer have it. Source: Amazon Bedrock user guide, "Monitoring token usage". */
export function headerUsage(header: (name: string) => string | undefined): Usage {
  const said = (name: string) => {
    const value = header(`x-amzn-bedrock-${name}-token-count`);
    return value !== undefined && /^\d+$/.test(value) ? count(Number(value)) : undefined;
  };
  return inclusive({
    fresh: said('input'),
    output: said('output'),
    cacheRead: said('cache-read-input'),
    cacheWrite: said('cache-write-input'),
  });
}

interface Counted {
  fresh: number | undefined;
  output: number | undefined;
  cacheRead: number | undefined;
  cacheWrite: number | undefined;
  cacheWrite1h?: number | undefined;
}

function inclusive({ fresh, output, cacheRead, cacheWrite, cacheWrite1h }: Counted): Usage {
  return {
    inputTokens: fresh === undefined ? undefined : fresh + (cacheRead ?? 0) + (cacheWrite ?? 0),
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: cacheWrite1h,
  };
}

/** Latency-optimised inference has prices of its own, as a tier has. */
export function tierFacts(serviceTier: unknown, latency: unknown): Pick<Answered, 'responseServiceTier'> {
  if (latency === 'optimized') return { responseServiceTier: 'optimized' };
  return { responseServiceTier: text(fields(serviceTier).type) ?? text(serviceTier) };
}
