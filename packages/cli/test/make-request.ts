import { randomBytes } from 'node:crypto';

/** A model call that costs $0.0035 unless its tokens say otherwise. */
export interface Call {
  agent?: string;
  run?: string;
  role?: string;
  input?: number;
  output?: number;
  traceId?: string;
  spanId?: string;
  /** Unix milliseconds; a fixed time otherwise. */
  startMs?: number;
}

/** Model calls as a request in OTLP/JSON, the way any SDK could send them. */
export function makeRequest(calls: readonly Call[]): string {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: calls.map(makeSpan) }] }] });
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}

function makeSpan({
  agent = 'content-crew',
  run = 'run-1',
  role = 'writer',
  input = 1_000,
  output = 100,
  startMs = 1_763_726_400_000,
  ...ids
}: Call): object {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'gen_ai.agent.name': agent,
    'tally.run.id': run,
    'tally.role': role,
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
  };
  return {
    traceId: ids.traceId ?? randomBytes(16).toString('hex'),
    spanId: ids.spanId ?? newSpanId(),
    name: 'chat gpt-4o',
    kind: 3,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 1_000}000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    })),
  };
}
