import { describe, expect, it } from 'vitest';
import { readTask } from './read-task.ts';
import { taskRequest } from './task-spans.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const task = { name: 'T', description: 'D', current_datetime: '2026-11-20T16:00:10Z', duration: 5 };

interface Written {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

function spansOf(given: object, agent = 'triage'): (Written & { said: Record<string, unknown> })[] {
  const body = Buffer.from(JSON.stringify({ ...task, ...given }));
  const { request } = taskRequest(readTask(body), agent, body);
  const { resourceSpans } = request as { resourceSpans: { scopeSpans: { spans: Written[] }[] }[] };
  return resourceSpans[0]!.scopeSpans[0]!.spans.map((span) => ({
    ...span,
    said: Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  }));
}

describe('a task that is made of spans', () => {
  it('INF-44 has the ids of its spans, where each was, and whose', () => {
    const [root, ask, other] = spansOf({
      trace_id: TRACE,
      span_id: SPAN,
      parent_span_id: 'a'.repeat(16),
      identity: { tenant: 'acme', agent: 'analyst', run_id: 'r1', secret: 'x' },
      steps: [
        {
          action: 'chat gpt-4o',
          span_id: 'b'.repeat(16),
          parent_span_id: 'c'.repeat(16),
          start_time: '2026-11-20T16:00:07.250Z',
          duration_ms: 500,
          role: 'writer',
          tenant: 'other',
          llm_call: { model: 'gpt-4o', prompt_tokens: 10, cache_read_tokens: 4, reasoning_tokens: 2, cost_usd: 0.5 },
        },
        { action: 'think', span_id: 'no id' },
      ],
    });
    expect(root).toMatchObject({ traceId: TRACE, spanId: SPAN, parentSpanId: 'a'.repeat(16) });
    expect(root!.said).toMatchObject({
      'gen_ai.agent.id': 'triage',
      'gen_ai.agent.name': 'analyst',
      'tally.tenant': 'acme',
      'tally.run.id': 'r1',
    });
    expect(JSON.stringify(root)).not.toContain('secret');
    const start = BigInt(Date.parse('2026-11-20T16:00:07.250Z')) * 1_000_000n;
    expect(ask).toMatchObject({
      traceId: TRACE,
      spanId: 'b'.repeat(16),
      parentSpanId: 'c'.repeat(16),
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + 500_000_000n),
    });
    expect(ask!.said).toMatchObject({
      'gen_ai.agent.name': 'analyst',
      'tally.role': 'writer',
      'tally.tenant': 'other',
      'gen_ai.usage.cache_read.input_tokens': '4',
      'gen_ai.usage.reasoning.output_tokens': '2',
      'tally.cost.usd': 0.5,
    });
    expect(other).toMatchObject({ parentSpanId: SPAN, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  it.each([
    ['trace_id', { trace_id: 'x', span_id: SPAN }],
    ['trace_id', { trace_id: '0'.repeat(32), span_id: SPAN }],
    ['trace_id', { trace_id: TRACE.toUpperCase(), span_id: SPAN }],
    ['span_id', { trace_id: TRACE, span_id: 7 }],
    ['span_id', { trace_id: TRACE, span_id: '0'.repeat(16) }],
  ])('is refused when its %s is none: %j', (field, ids) => {
    expect(() => spansOf(ids)).toThrow(new RegExp(`not understood: ${field} is no`));
  });

  it('others may mean something else by these names: without both ids they are kept as they are', () => {
    const [root, step] = spansOf({
      trace_id: 'own',
      identity: { tenant: 'evil' },
      steps: [{ action: 'a', role: 'assistant', span_id: SPAN, start_time: '2020-01-01T00:00:00Z' }],
    });
    expect(root!.traceId).not.toBe('own');
    expect(root!.said).toMatchObject({ 'tally.task.trace_id': 'own', 'tally.task.identity': '{"tenant":"evil"}' });
    expect(root!.said).not.toHaveProperty('tally.tenant');
    expect(step!.said).toMatchObject({ 'tally.step.role': 'assistant', 'tally.step.span_id': SPAN });
    expect([step!.spanId === SPAN, step!.startTimeUnixNano]).toEqual([false, root!.startTimeUnixNano]);
  });
});
