/** One trace with every kind of step, a conversation with tools, a picture, a guard, and a failure deep down. */
import type { Skeleton, Span, SpanPattern } from '@tallyspan/server';
import { makeCall, makeSpan } from './make-span.ts';
import { makeTrace } from './make-trace.ts';
import { traceOf } from './sample.ts';

export const HELPDESK_ID = '4e1bde5c000000000000000000000001';

const who = { agent: 'helpdesk' };

/** Two pixels, red and blue. */
export const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR42mP4zwAE/wEHAAH/PX2MSQAAAABJRU5ErkJggg==';

const system = [{ type: 'text', content: 'You answer customers of **Acme**. Be brief.' }];
const question = {
  role: 'user',
  parts: [
    { type: 'text', content: 'Where is order 4711? The box looked like this.' },
    { type: 'blob', modality: 'image', mime_type: 'image/png', content: PICTURE },
    { type: 'uri', modality: 'image', mime_type: 'image/png', uri: 'https://elsewhere.example/box.png' },
  ],
};
const asks = {
  role: 'assistant',
  parts: [
    { type: 'reasoning', content: 'The order system knows. I ask it.' },
    { type: 'tool_call', id: 'call_1', name: 'find_order', arguments: { order: 4711 } },
  ],
};
const found = {
  role: 'tool',
  parts: [{ type: 'tool_call_response', id: 'call_1', response: { state: 'shipped', carrier: 'Pigeon Post' } }],
};
const answers = {
  role: 'assistant',
  parts: [
    {
      type: 'text',
      content:
        '## Order 4711\n\nIt is **on its way** with `Pigeon Post`:\n\n1. packed\n2. shipped\n\n| day | place |\n|---|---|\n| Mon | Bern |\n\n[Track it](https://pigeon.example/4711) ![map](https://evil.example/map.png) <b>bold?</b>',
    },
  ],
};
const thanks = { role: 'user', parts: [{ type: 'text', content: 'Thanks! Can it come on Friday?' }] };

const json = (value: unknown) => JSON.stringify(value);

function call(spanId: string, parent: string, offsetMs: number, durationMs: number, usd: string, more: Partial<Span>) {
  const nanosPerMillion = 2.5;
  return makeCall(spanId, parent, usd, {
    ...who,
    role: 'support',
    name: 'chat gpt-4o',
    offsetMs,
    durationMs,
    timeToFirstChunkMs: durationMs / 4,
    inputTokens: 1_000,
    outputTokens: 0,
    cost: {
      source: 'computed',
      costUsd: usd,
      version: 'genai-prices@0.1.8',
      priceId: 'openai/gpt-4o',
      lines: [{ type: 'input', tokens: 1_000, usdPerMillion: nanosPerMillion, costUsd: usd }],
    },
    ...more,
  });
}

export const helpdeskSpans: Span[] = [
  makeSpan('a1', null, {
    ...who,
    name: 'invoke_agent helpdesk',
    operation: 'invoke_agent',
    durationMs: 6_000,
    status: 'error',
    statusMessage: 'No answer',
  }),
  makeSpan('r1', 'a1', { ...who, name: 'role support', role: 'support', offsetMs: 20, durationMs: 3_900 }),
  makeSpan('g1', 'r1', {
    ...who,
    name: 'guard.scan prompt',
    operation: 'guardrail',
    offsetMs: 25,
    durationMs: 12,
    facts: { guardScanType: 'prompt', guardIsValid: true },
  }),
  call('m1', 'r1', 40, 1_200, '0.0025', {
    facts: {
      systemInstructions: json(system),
      inputMessages: json([question]),
      outputMessages: json([asks]),
    },
    events: [{ name: 'first token', time: '', offsetMs: 340, attributes: {} }],
  }),
  makeSpan('t1', 'r1', {
    ...who,
    name: 'execute_tool find_order',
    operation: 'execute_tool',
    tool: 'find_order',
    role: 'support',
    offsetMs: 1_260,
    durationMs: 800,
    facts: { toolCallId: 'call_1' },
  }),
  makeSpan('c1', 't1', { ...who, name: 'tally.cache.lookup', offsetMs: 1_262, durationMs: 3 }),
  makeSpan('k1', 't1', { ...who, name: 'tally.credential.exchange', offsetMs: 1_268, durationMs: 90 }),
  makeSpan('v1', 't1', { ...who, name: 'tally.vault.get', offsetMs: 1_360, durationMs: 60 }),
  makeSpan('x1', 't1', {
    ...who,
    name: 'tools/call find_order',
    kind: 'client',
    tool: 'find_order',
    offsetMs: 1_430,
    durationMs: 600,
    facts: { serverAddress: 'orders.internal' },
  }),
  call('m2', 'r1', 2_100, 1_500, '0.0025', {
    facts: {
      systemInstructions: json(system),
      inputMessages: json([question, asks, found]),
      outputMessages: json([answers]),
      guardOutcome: 'redacted',
      guardOutputScanners: json({ Secrets: { score: 0.83, threshold: 0.5 } }),
    },
  }),
  call('m3', 'r1', 3_620, 280, '0.0025', {
    facts: {
      systemInstructions: json(system),
      inputMessages: json([question, asks, found, answers, thanks]),
      outputMessages: json([{ role: 'assistant', parts: [{ type: 'text', content: 'I ask the carrier.' }] }]),
    },
  }),
  makeSpan('p1', 'a1', {
    ...who,
    name: 'tally.a2a.client.send carrier',
    kind: 'client',
    offsetMs: 3_930,
    durationMs: 900,
  }),
  makeSpan('a2', 'p1', {
    agent: 'carrier',
    name: 'invoke_agent carrier',
    operation: 'invoke_agent',
    offsetMs: 4_000,
    durationMs: 800,
  }),
  makeSpan('s1', 'a2', { agent: 'carrier', name: 'tally.sandbox.exec', offsetMs: 4_050, durationMs: 300 }),
  makeSpan('b1', 'a2', { agent: 'carrier', name: 'tally.browser.browse', offsetMs: 4_360, durationMs: 400 }),
  makeSpan('r2', 'a1', {
    ...who,
    name: 'role writer',
    role: 'writer',
    offsetMs: 4_900,
    durationMs: 1_080,
    status: 'error',
    statusMessage: 'No answer',
  }),
  makeSpan('m4', 'r2', {
    ...who,
    name: 'chat gpt-4o',
    operation: 'chat',
    provider: 'openai',
    model: 'gpt-4o',
    role: 'writer',
    offsetMs: 4_950,
    durationMs: 20,
    status: 'error',
    errorType: 'guardrail_blocked',
    statusMessage: 'Blocked by PromptInjection',
    billable: true,
    facts: {
      guardPromptBlocked: true,
      guardOutcome: 'blocked',
      guardScanners: json({ PromptInjection: { score: 0.97, threshold: 0.5 } }),
    },
  }),
  makeSpan('m5', 'r2', {
    ...who,
    name: 'chat gpt-4o',
    operation: 'chat',
    provider: 'openai',
    model: 'gpt-4o',
    role: 'writer',
    offsetMs: 5_000,
    durationMs: 950,
    status: 'error',
    errorType: 'RateLimitError',
    statusMessage: '429 slow down',
    billable: true,
    events: [{ name: 'exception', time: '', offsetMs: 5_940, attributes: { 'exception.type': 'RateLimitError' } }],
    attributes: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`app.setting.${i}`, `value ${i}`])),
  }),
];

export const helpdesk = traceOf(HELPDESK_ID, helpdeskSpans, {
  tenant: 'acme-corp',
  agent: 'helpdesk',
  runNumber: 3,
  status: 'error',
  unpricedCalls: 0,
});

/** The same work a day before: faster at the tool, without the peer, and it went well. */
export const helpdeskBefore = traceOf(
  '4e1bde5c000000000000000000000002',
  helpdeskSpans
    .filter((span) => !['p1', 'a2', 's1', 'b1', 'm4'].includes(span.spanId))
    .map((span) => ({
      ...span,
      status: 'unset' as const,
      errorType: null,
      statusMessage: null,
      durationMs: span.spanId === 't1' ? 200 : span.durationMs,
      model: span.spanId === 'm2' ? 'gpt-4o-mini' : span.model,
    })),
  { tenant: 'acme-corp', agent: 'helpdesk', runNumber: 2, unpricedCalls: 0, start: '2026-11-20T12:00:00.000000000Z' },
);

/** A trace as the server answers it when it is too long to be answered whole: three spans of it. */
export const longTrace: Skeleton = {
  summary: { ...makeTrace('10e6'.repeat(8)), name: 'invoke_agent crew', spans: 3, errorSpans: 1 },
  names: ['invoke_agent crew', 'chat gpt-4o'],
  patterns: [
    patternOf({ operation: 'invoke_agent' }),
    patternOf({
      ...{ kind: 'client', operation: 'chat', provider: 'openai', model: 'gpt-4o', requestModel: 'gpt-4o' },
      ...{ billable: true, cost: { source: 'computed', version: 'prices@1', priceId: 'openai/gpt-4o' } },
    }),
    patternOf({
      ...{ operation: 'chat', status: 'error', errorType: 'guardrail_blocked', statusMessage: 'Blocked' },
      ...{ guardOutcome: 'blocked', billable: true },
    }),
  ],
  spans: {
    ids: Buffer.from(['a1', 'b1', 'b2'].map((id) => id.padStart(16, '0')).join(''), 'hex').toString('base64'),
    ...{ parents: [0, 1, 0], names: [0, 1, 1], patterns: [0, 1, 2] },
    ...{ starts: [0, 1_500, 4_000_000], durations: [9_000_500, 2_000_000, 10] },
  },
  missingParents: { 2: 'feedfeedfeedfeed' },
  calls: {
    ...{ at: [1], firstChunks: [250_000], inputTokens: [900], outputTokens: [20], cacheReadTokens: [-1] },
    ...{ cacheWriteTokens: [-1], reasoningTokens: [-1], costNanos: ['9007199254740993000'] },
  },
};

function patternOf(part: Partial<SpanPattern>): SpanPattern {
  return {
    ...{ kind: 'internal', status: 'unset', statusMessage: null, operation: null, provider: null, model: null },
    ...{ requestModel: null, agent: 'crew', role: null, tool: null, errorType: null, billable: false },
    ...{ guardOutcome: null, cost: null },
    ...part,
  };
}
