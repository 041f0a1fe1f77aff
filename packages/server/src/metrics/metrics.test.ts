/** What a scraper gets from a real server. */
import { limits, type WireSpan } from '@tallyspan/facts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { JSON_TYPE, PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
let count = 0;
function spanOf(attributes: WireSpan['attributes'], more: Partial<WireSpan> = {}): WireSpan {
  count += 1;
  const ids = { traceId: hex(count, 32), spanId: hex(count, 16) };
  return makeWireSpan({
    ...ids,
    attributes: { 'tally.tenant': 'acme', 'gen_ai.agent.name': 'writer', ...attributes },
    ...more,
  });
}
const chat = (more: WireSpan['attributes'] = {}) =>
  spanOf({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 1_000,
    'gen_ai.usage.output_tokens': 100,
    ...more,
  });

describe('/metrics of a server without keys', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.end());

  const post = async (spans: readonly WireSpan[]) => {
    const { status } = await send(`${server.url}/v1/traces`, {
      headers: PROTOBUF,
      body: encodeSpans(spans, 'protobuf'),
    });
    expect(status).toBe(200);
  };
  const lines = async () => (await (await fetch(`${server.url}/metrics`)).text()).split('\n');
  /** Values of a metric, by what stands before it. */
  const valueOf = async (start: string) => {
    const found = (await lines()).find((line) => line.startsWith(start));
    return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ') + 1));
  };
  const until = (start: string, value: number) =>
    eventually(async () => ((await valueOf(start)) === value ? true : undefined), `${start} ${value}`);

  it('OBS-57 what was acknowledged, stored, refused alone and refused as a whole is counted exactly', async () => {
    const spans = Array.from({ length: 50 }, () => chat());
    await post(spans);
    const good = JSON.parse(encodeSpans([chat()], 'json').toString()) as {
      resourceSpans: { scopeSpans: { spans: object[] }[] }[];
    };
    good.resourceSpans[0]!.scopeSpans[0]!.spans.push({ traceId: '', spanId: '', name: 'no ids' });
    const { status } = await send(`${server.url}/v1/traces`, { headers: JSON_TYPE, body: JSON.stringify(good) });
    expect(status).toBe(200);
    await send(`${server.url}/v1/traces`, { headers: { 'content-type': 'text/plain' }, body: 'x' });
    await until('tallyspan_stored_spans_total', 51);
    expect(await valueOf('tallyspan_ingest_spans_total')).toBe(51);
    expect(await valueOf('tallyspan_ingest_requests_total')).toBe(2);
    expect(await valueOf('tallyspan_ingest_rejected_spans_total')).toBe(1);
    expect(await valueOf('tallyspan_ingest_refused_requests_total{code="CONTENT_TYPE_UNKNOWN"}')).toBe(1);
    expect(await valueOf('tallyspan_up')).toBe(1);
    expect(await valueOf('tallyspan_ingest_lag_seconds')).toBe(0);
    expect(await valueOf('tally_llm_calls_total')).toBe(51);
    expect(await valueOf('tally_llm_input_tokens_total')).toBe(51_000);
  });

  it('a span that is sent twice is counted once', async () => {
    const before = (await valueOf('tally_llm_calls_total'))!;
    const span = chat();
    await post([span]);
    await post([span]);
    await post([chat()]);
    await until('tally_llm_calls_total', before + 2);
    expect(await valueOf('tallyspan_stored_spans_total')).toBe(before + 2);
  });

  it('calls without a price, input from caches, what the guard made of calls, and when agents were last seen', async () => {
    const whose = 'tally_tenant="acme",gen_ai_agent_name="writer"';
    await post([
      chat({ 'gen_ai.request.model': 'unheard-of', 'gen_ai.response.model': 'unheard-of' }),
      chat({ 'gen_ai.usage.cache_read.input_tokens': 600, 'tally.guard.outcome': 'blocked' }),
    ]);
    const openai = (model: string) => `{${whose},gen_ai_provider_name="openai",gen_ai_request_model="${model}"}`;
    await until(`tallyspan_unpriced_calls_total${openai('unheard-of')}`, 1);
    await until(`tallyspan_cache_read_tokens_total${openai('gpt-4o')}`, 600);
    // gpt-4o: 2.50 dollars for a million tokens, 1.25 from the cache.
    expect(await valueOf(`tallyspan_cache_saved_usd_total${openai('gpt-4o')}`)).toBeCloseTo((600 * 1.25) / 1e6, 12);
    expect(await valueOf(`tallyspan_guarded_calls_total{${whose},outcome="blocked"}`)).toBe(1);
    expect(await valueOf(`tallyspan_agent_last_seen_timestamp_seconds{${whose}}`)).toBe(1_763_726_401);
  });

  it('OBS-62 OBS-67 a message between agents is one pair, whichever side comes first, and says whether it left its tenant', async () => {
    const pair = (sender: string) => {
      const message = spanOf({ 'gen_ai.operation.name': 'a2a_send', 'gen_ai.agent.name': sender });
      const work = spanOf(
        {
          'gen_ai.operation.name': 'a2a_execute',
          'gen_ai.agent.name': 'clerk',
          'tally.tenant': 'globex',
          'a2a.task.state': 'completed',
        },
        { traceId: message.traceId, parentSpanId: message.spanId },
      );
      return [message, work] as const;
    };
    const [first, then] = pair('a');
    await post([first]);
    await post([then]);
    const [later, sooner] = pair('b');
    await post([sooner]);
    await post([later]);
    const line = (sender: string) =>
      `tallyspan_a2a_messages_total{source_tenant="acme",source_agent="${sender}",target_tenant="globex",target_agent="clerk",a2a_task_state="completed",across_tenants="true"}`;
    await until(line('a'), 1);
    await until(line('b'), 1);
  });

  it('budgets are told with what is used and how far their window is over', async () => {
    const budget = { name: 'all', limits: { calls: 1_000_000 }, window: 'month' };
    const made = await fetch(`${server.url}/api/v1/budgets`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify(budget),
    });
    const { id } = (await made.json()) as { id: string };
    const labels = `{budget="all",budget_id="${id}",window="month"}`;
    expect(await valueOf(`tallyspan_budget_used_ratio${labels}`)).toBeGreaterThanOrEqual(0);
    const elapsed = await valueOf(`tallyspan_budget_elapsed_ratio${labels}`);
    expect(elapsed).toBeGreaterThan(0);
    expect(elapsed).toBeLessThan(1);
  });

  it('who asks for OpenMetrics gets it, with the trace behind a bucket', async () => {
    const answer = await fetch(`${server.url}/metrics`, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' },
    });
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const body = await answer.text();
    expect(body.endsWith('\n# EOF\n')).toBe(true);
    const durations = body.split('\n').filter((line) => line.startsWith('tally_llm_call_duration_seconds_bucket'));
    expect(
      durations.filter((line) => / # \{trace_id="[0-9a-f]{32}"\} 1(\.\d+)? 1763726401$/.test(line)).length,
    ).toBeGreaterThan(0);
    expect((await lines()).filter((line) => line.includes('trace_id='))).toEqual([]);
  });

  it('agents without end are one series after the limit, and are all counted', async () => {
    const spans = Array.from({ length: limits.serverSeriesMax + 20 }, (_, index) =>
      spanOf({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': `agent-${index}` }),
    );
    await post(spans);
    const seen = async () =>
      (await lines()).filter((line) => line.startsWith('tallyspan_agent_last_seen_timestamp_seconds{'));
    await eventually(async () => ((await seen()).length > limits.serverSeriesMax ? true : undefined));
    expect(await seen()).toHaveLength(limits.serverSeriesMax + 1);
    expect((await seen()).at(-1)).toContain('{otel_metric_overflow="true"}');
    const runs = (await lines()).filter((line) => line.startsWith('tally_agent_invocations_total{'));
    expect(runs.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(spans.length);
  });
});

describe('/metrics of a server with keys', () => {
  let server: LockedServer;
  beforeAll(async () => {
    server = await startLockedServer();
  });
  afterAll(() => server.end());

  it('is for a key that reads and is of all tenants: it tells of everybody', async () => {
    const everybody = await server.make({ scope: 'read' });
    const one = await server.make({ scope: 'read', tenant: 'acme' });
    const sender = await server.make({ scope: 'ingest' });
    const answers = [undefined, everybody, server.admin, one, sender].map(
      async (key) => (await server.ask('GET', '/metrics', key)).status,
    );
    expect(await Promise.all(answers)).toEqual([401, 200, 200, 403, 403]);
    expect((await server.ask('GET', '/metrics', one)).text).toContain('This needs a key of all tenants');
  });
});
