import { gzipSync } from 'node:zlib';
import { limits } from '@tallyspan/facts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JSON_TYPE, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import type { Costs, Problem, Span, Trace } from '../api.ts';
import type { TaskAnswer } from './take-tasks.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** As the Python client sends it. */
const task = {
  name: 'Classify support ticket',
  description: 'Categorized an inbound support ticket by type and urgency.',
  current_datetime: '2026-11-20T16:00:10.500000+00:00',
  duration: 10.5,
};
const post = (
  body: object | string,
  { id = 'triage-1', headers = {}, base = '' }: { id?: string; headers?: Record<string, string>; base?: string } = {},
) =>
  send(`${server.url}${base}/agents/${id}/trace`, {
    headers: { ...JSON_TYPE, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const stored = async (body: object, options?: Parameters<typeof post>[1]): Promise<Span[] & { traceId: string }> => {
  const sent = await post(body, options);
  expect([sent.status, sent.text]).toEqual([200, expect.stringContaining('"success":true')]);
  const { traceId } = (JSON.parse(sent.text) as TaskAnswer).data;
  const trace = await eventually(async () => {
    const response = await fetch(`${server.url}/api/v1/traces/${traceId}`);
    return response.ok ? ((await response.json()) as Trace) : undefined;
  }, `trace ${traceId}`);
  const spans = trace.spans.toSorted(
    (left, right) => Number(left.parentSpanId !== null) - Number(right.parentSpanId !== null),
  );
  return Object.assign(spans, { traceId });
};
const problemOf = (text: string) => (JSON.parse(text) as Problem).error;

describe('POST /agents/{id}/trace', () => {
  it('EXT-20 takes the trace of an agent with its headers, at the root and below /api/v1', async () => {
    const headers = { 'x-agent-id': 'triage-1', 'x-agent-key': 'secret-of-the-agent' };
    for (const base of ['', '/api/v1']) {
      const [root] = await stored({ ...task, name: `Task at ${base}` }, { headers, base });
      expect(root).toMatchObject({
        name: `Task at ${base}`,
        operation: 'invoke_agent',
        agent: 'triage-1',
        parentSpanId: null,
        start: '2026-11-20T16:00:00.000000000Z',
        status: 'unset',
      });
      expect(JSON.stringify(root)).not.toContain('secret-of-the-agent');
    }
    expect(server.lines.join()).not.toContain('secret-of-the-agent');
  });

  it('EXT-18 every step is a span in its order, and what else it says is kept with it', async () => {
    const spans = await stored({
      ...task,
      input_summary: 'Customer ticket: my invoice is wrong',
      customer: { customer_name: 'Ada', address: { city: 'London' } },
      steps: [
        { step_number: 1, action: 'Read the ticket', duration_ms: 100 },
        { step_number: 2, action: 'Search', tool: 'knowledge_base', duration_ms: 400 },
        {
          step_number: 3,
          action: 'Ask',
          duration_ms: 2_000,
          llm_call: {
            provider: 'openai',
            model: 'gpt-4o',
            prompt_tokens: 1_000,
            completion_tokens: 100,
            temperature: 0,
          },
        },
      ],
    });
    const [root, read, search, ask] = spans;
    expect(root!.attributes).toMatchObject({
      'tally.task.input_summary': 'Customer ticket: my invoice is wrong',
      'tally.task.customer': '{"customer_name":"Ada","address":{"city":"London"}}',
    });
    expect([read, search, ask].map((span) => [span!.name, span!.operation, span!.start])).toEqual([
      ['Read the ticket', null, '2026-11-20T16:00:00.000000000Z'],
      ['execute_tool knowledge_base', 'execute_tool', '2026-11-20T16:00:00.100000000Z'],
      ['chat gpt-4o', 'chat', '2026-11-20T16:00:00.500000000Z'],
    ]);
    expect(ask).toMatchObject({ parentSpanId: root!.spanId, provider: 'openai', model: 'gpt-4o', agent: 'triage-1' });
  });

  it('EXT-19 the aggregate is billed once: as one call when no step has tokens, not at all when one has', async () => {
    const llm_usage = {
      model: 'gpt-4o',
      provider: 'openai',
      prompt_tokens: 1_000,
      completion_tokens: 100,
      total_tokens: 1_100,
      api_calls_count: 1,
    };
    const costs = (traceId: string) => server.get<Costs>(`/api/v1/costs?by=model&traceId=${traceId}`);
    const alone = await stored({ ...task, llm_usage });
    expect(alone).toHaveLength(2);
    expect((await costs(alone.traceId)).total).toMatchObject({ calls: 1, costUsd: '0.0035' });

    const call = { model: 'gpt-4o', provider: 'openai', prompt_tokens: 1_000, completion_tokens: 100 };
    const withSteps = await stored({ ...task, llm_usage, steps: [{ action: 'ask', llm_call: call }] });
    expect(withSteps).toHaveLength(2);
    expect((await costs(withSteps.traceId)).total).toMatchObject({ calls: 1, costUsd: '0.0035' });
    expect(withSteps[0]!.attributes['tally.task.llm_usage']).toContain('"total_tokens":1100');
  });

  it('EXT-18 names as JavaScript writes them are understood too', async () => {
    const [root, chat] = await stored({
      name: task.name,
      description: task.description,
      currentDatetime: '2026-11-20T16:00:10Z',
      duration: 5,
      timeTracking: { startTime: '2026-11-20T15:00:00Z', endTime: '2026-11-20T15:00:02Z' },
      llmUsage: { model: 'gpt-4o', provider: 'openai', promptTokens: 10, completionTokens: 2 },
      outcome: 'billing, urgent',
    });
    expect(root).toMatchObject({
      start: '2026-11-20T15:00:00.000000000Z',
      attributes: { 'tally.task.outcome': 'billing, urgent' },
    });
    expect(chat).toMatchObject({ model: 'gpt-4o', operation: 'chat' });
  });

  it('EXT-18 errors make the task an error, each as an exception on it', async () => {
    const [root, step] = await stored({
      ...task,
      errors: [{ error_type: 'TimeoutError', message: 'no answer' }, { message: 'gave up' }],
      steps: [
        { action: 'ask', llm_call: { model: 'gpt-4o', error_type: 'RateLimitError', error_message: 'slow down' } },
      ],
    });
    expect(root).toMatchObject({
      status: 'error',
      statusMessage: 'no answer',
      events: [
        { name: 'exception', attributes: { 'exception.type': 'TimeoutError' } },
        { attributes: { 'exception.message': 'gave up' } },
      ],
    });
    expect(step).toMatchObject({ status: 'error', statusMessage: 'slow down' });
  });

  it('a task that is sent again is there once', async () => {
    const again = { ...task, description: 'sent three times', steps: [{ action: 'a' }, { action: 'b' }] };
    const ids = new Set<string>();
    for (let times = 0; times < 3; times++) ids.add((JSON.parse((await post(again)).text) as TaskAnswer).data.traceId);
    expect(ids.size).toBe(1);
    expect(await stored(again)).toHaveLength(3);
    // Another agent that does the same does it again.
    expect((JSON.parse((await post(again, { id: 'other' })).text) as TaskAnswer).data.traceId).not.toBe([...ids][0]);
  });

  it('keys named like parts of every object are plain names', async () => {
    const [root] = await stored(
      JSON.parse(`${JSON.stringify(task).slice(0, -1)},"__proto__":{"polluted":1},"constructor":"c"}`) as object,
    );
    expect(root!.attributes).toMatchObject({ 'tally.task.__proto__': '{"polluted":1}', 'tally.task.constructor': 'c' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('gzip is understood, and so is an agent with odd characters in its name', async () => {
    const sent = await send(`${server.url}/agents/${encodeURIComponent('naïve/agent')}/trace`, {
      headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(task)),
    });
    expect(sent.status).toBe(200);
  });
});

describe('EXT-18 its limits: the last that is taken, and the first that is not', () => {
  it.each([
    ['name', 'x'.repeat(limits.taskNameCharsMax), 'x'.repeat(limits.taskNameCharsMax + 1)],
    ['name', 'x', ''],
    ['description', 'x'.repeat(limits.taskDescriptionCharsMax), 'x'.repeat(limits.taskDescriptionCharsMax + 1)],
    ['duration', 0, -0.001],
    ['duration', limits.taskSecondsMax, limits.taskSecondsMax + 0.001],
    ['duration', 1.5, '1.5'],
    ['current_datetime', '2026-11-20', '20.11.2026'],
    ['current_datetime', '2026-11-20T16:00:10.123456', '2026-11-20T25:00:00Z'],
    ['current_datetime', '1970-01-01T00:00:00Z', '1969-12-31T23:59:59Z'],
    [
      'steps',
      Array.from({ length: limits.taskStepsMax }, () => 'a'),
      Array.from({ length: limits.taskStepsMax + 1 }, () => 'a'),
    ],
    ['steps', null, {}],
    ['errors', [], 'failed'],
  ])('%s', async (field, last, over) => {
    expect((await post({ ...task, [field]: last })).status).toBe(200);
    const sent = await post({ ...task, [field]: over });
    expect([sent.status, problemOf(sent.text)]).toMatchObject([
      400,
      { code: 'TASK_INVALID', what: expect.stringContaining(field) },
    ]);
  });

  it.each(['name', 'description', 'duration', 'current_datetime'])('a task without %s is refused', async (field) => {
    expect((await post({ ...task, [field]: undefined })).status).toBe(400);
  });

  it('a body of 4 MiB, and one byte more', async () => {
    const padded = (bytes: number) => JSON.stringify(task).padEnd(bytes, ' ');
    expect((await post(padded(limits.taskBytesMax))).status).toBe(200);
    const sent = await post(padded(limits.taskBytesMax + 1));
    expect([sent.status, problemOf(sent.text).code]).toEqual([413, 'BODY_TOO_LARGE']);
  });
});

describe('what is no task', () => {
  it.each([
    ['no JSON', 'hello', {}, 400, 'BODY_UNREADABLE'],
    ['a list', '[]', {}, 400, 'TASK_INVALID'],
    ['null', 'null', {}, 400, 'TASK_INVALID'],
    ['100,000 brackets', '['.repeat(100_000), {}, 400, 'BODY_UNREADABLE'],
    ['brackets in an unknown field', `{"x":${'['.repeat(65)}${']'.repeat(65)}}`, {}, 400, 'BODY_UNREADABLE'],
    ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'CONTENT_TYPE_UNKNOWN'],
    [
      'plain text, which any web page may send',
      JSON.stringify(task),
      { 'content-type': 'text/plain' },
      415,
      'CONTENT_TYPE_UNKNOWN',
    ],
    ['brotli', JSON.stringify(task), { 'content-encoding': 'br' }, 415, 'CONTENT_ENCODING_UNKNOWN'],
    ['another agent in the header', JSON.stringify(task), { 'x-agent-id': 'somebody-else' }, 400, 'TASK_INVALID'],
  ])('%s is refused', async (_, body, headers, status, code) => {
    const sent = await post(body, { headers });
    expect([sent.status, problemOf(sent.text).code]).toEqual([status, code]);
    expect(server.lines.join()).not.toContain('Internal error');
  });

  it('another method is not answered here', async () => {
    expect((await send(`${server.url}/api/v1/agents/a/trace`, { method: 'PUT' })).status).toBe(405);
  });
});
