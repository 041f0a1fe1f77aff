import type { Cost, Facts } from '@tallyspan/facts';
import type { StoredSpan } from '../src/index.ts';

/** 2026-11-21T12:00:00Z. */
export const noon = 1_795_262_400_000_000_000n;

/** Hex of this number, as long as a trace id (32) or a span id (16). */
export function hex(value: number, digits: 16 | 32): string {
  return value.toString(16).padStart(digits, '0');
}

/** A span with what the test is about; everything else is plain. Ids may be given as numbers. */
export function makeSpan(
  given: Partial<Omit<StoredSpan, 'traceId' | 'spanId' | 'parentSpanId'>> & {
    trace?: number;
    span?: number;
    parent?: number;
  } = {},
): StoredSpan {
  const { trace = 1, span = 1, parent, ...rest } = given;
  const start = rest.start ?? noon;
  return {
    traceId: hex(trace, 32),
    spanId: hex(span, 16),
    parentSpanId: parent === undefined ? '' : hex(parent, 16),
    traceState: '',
    name: 'a step',
    kind: 'internal',
    start,
    end: start + 1_000_000n,
    status: 'unset',
    statusMessage: '',
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scopeName: '',
    scopeVersion: '',
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    facts: {},
    ...rest,
  };
}

/** A priced model call. */
export function makeCall(given: Parameters<typeof makeSpan>[0] & { facts?: Facts; nanos?: bigint } = {}): StoredSpan {
  const { nanos = 1_000n, facts, ...rest } = given;
  const cost: Cost = { source: 'computed', nanos, lines: [{ type: 'input', tokens: 1, usdPerMillion: 1, nanos }] };
  return makeSpan({
    name: 'chat gpt-4o',
    kind: 'client',
    cost,
    ...rest,
    facts: {
      operation: 'chat',
      provider: 'openai',
      requestModel: 'gpt-4o',
      inputTokens: 10,
      outputTokens: 5,
      ...facts,
    },
  });
}
