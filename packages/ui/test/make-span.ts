import type { Span } from '@tallyspan/server';

/** A span as the API answers it, with only what a test is about spelled out. */
export function makeSpan(spanId: string, parentSpanId: string | null, more: Partial<Span> = {}): Span {
  return {
    spanId,
    parentSpanId,
    name: spanId,
    kind: 'internal',
    start: '2026-11-21T12:00:00.000000000Z',
    offsetMs: 0,
    durationMs: 10,
    status: 'unset',
    statusMessage: null,
    operation: null,
    provider: null,
    model: null,
    requestModel: null,
    agent: null,
    role: null,
    tool: null,
    errorType: null,
    finishReasons: null,
    timeToFirstChunkMs: null,
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
    billable: false,
    cost: null,
    facts: {},
    attributes: {},
    resource: {},
    scope: { name: '', version: '' },
    events: [],
    links: [],
    ...more,
  };
}

/** A billable model call; `costUsd` null is an unpriced one. */
export function makeCall(
  spanId: string,
  parentSpanId: string | null,
  costUsd: string | null,
  more: Partial<Span> = {},
): Span {
  return makeSpan(spanId, parentSpanId, {
    operation: 'chat',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 100,
    outputTokens: 20,
    billable: true,
    cost: {
      source: costUsd === null ? 'unpriced' : 'computed',
      costUsd,
      version: 'prices@1',
      priceId: 'openai/gpt-4o',
      lines: [],
    },
    ...more,
  });
}
