import type { TraceSummary } from '@tallyspan/server';

/** A summary as the API answers it, with only what a test is about spelled out. */
export function makeTrace(traceId: string, more: Partial<TraceSummary> = {}): TraceSummary {
  return {
    traceId,
    name: traceId,
    rootArrived: true,
    start: '2026-11-21T12:00:00.000000000Z',
    durationMs: 1000,
    status: 'ok',
    spans: 1,
    errorSpans: 0,
    tenant: null,
    agent: null,
    runId: null,
    runNumber: null,
    sessionId: null,
    models: [],
    calls: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costUsd: '0',
    unpricedCalls: 0,
    ...more,
  };
}
