/** Spans for tests of what is written, without a provider. */
import type { Facts } from '@tallyspan/facts';
import type { EndedSpan } from '../src/span.ts';

export const chatFacts: Facts = {
  operation: 'chat',
  provider: 'openai',
  requestModel: 'gpt-4o',
  responseModel: 'gpt-4o-2024-08-06',
  responseId: 'chatcmpl-abc123',
  finishReasons: ['stop'],
  inputTokens: 152,
  outputTokens: 487,
  cacheReadTokens: 64,
  temperature: 0.5,
  costNanoUsd: 5_170_000n,
  costSource: 'computed',
  tenant: 'acme-corp',
  agent: 'analyst',
  role: 'researcher',
};

export function endedSpan(facts: Facts, more: Partial<EndedSpan> = {}): EndedSpan {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: undefined,
    traceState: undefined,
    startMicros: 1_763_000_000_000_000,
    endMicros: 1_763_000_000_250_000,
    facts,
    failed: false,
    statusMessage: undefined,
    ...more,
  };
}
