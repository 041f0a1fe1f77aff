/** What the pages beside traces and costs ask: spans, values, models, agents, runs, guard, A2A, comparisons, anomalies. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { makeCall } from '../../test/make-call.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import * as api from '../api.ts';

const T0 = 1_763_726_400_000_000_000n;
const at = (ms: number) => T0 + BigInt(ms) * 1_000_000n;
const noon = '2025-11-21T12:00:00Z';

let server: TestServer;
async function ask<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
  const body = await server.get<unknown>(path);
  const parsed = schema.parse(body);
  expect(parsed).toEqual(body);
  return parsed;
}

const models = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-20250514'];
/** Four calls of each model by an analyst, in two runs; the first of the last model failed. */
const calls = models.flatMap((model, place) =>
  [0, 1, 2, 3].map((index) =>
    makeCall(
      { agent: 'analyst', run: `run-${index % 2}`, model, tenant: 'acme' },
      {
        start: at(index * 1_000 + place),
        end: at(index * 1_000 + place + 500 + index * 100),
        status: place === 2 && index === 0 ? 'error' : 'unset',
        attributes: {
          'user.id': `user ${index % 2}`,
          'session.id': 's-1',
          'http.method': index === 0 ? 'GET' : 'POST',
          ...(index === 3 && { 'tally.comparison.group': 'one prompt' }),
        },
      },
    ),
  ),
);
const guarded = [0, 1].map((index) =>
  makeCall(
    { agent: 'gatekeeper' },
    {
      start: at(20_000 + index),
      end: at(20_500),
      attributes: {
        'tally.guard.outcome': index === 0 ? 'blocked' : 'annotated',
        'tally.guard.scanners': '{"PromptInjection":{"score":0.97,"threshold":0.5}}',
      },
    },
  ),
);
const sent = (callee: string, state: string, span: number) =>
  makeWireSpan({
    traceId: '0a2a'.padEnd(32, '0'),
    spanId: `0a2a${span}`.padEnd(16, '0'),
    name: 'hexr.a2a.client.send',
    kind: 'client',
    start: at(30_000),
    end: at(31_000),
    status: state === 'failed' ? 'error' : 'unset',
    attributes: { 'hexr.agent.name': 'analyst', target_agent: callee, task_state: state },
  });
const messages = [sent('writer', 'completed', 1), sent('writer', 'failed', 2), sent('critic', 'completed', 3)];
/** An agent that spends a cent an hour, and then a hundred times as much. */
const spender = Array.from({ length: 8 }, (_, hour) =>
  makeCall(
    { agent: 'spender', model: 'gpt-4o', input: hour === 7 ? 400_000 : 4_000, output: 0 },
    { start: at((hour + 1) * 3_600_000), end: at((hour + 1) * 3_600_000 + 1) },
  ),
);

beforeAll(async () => {
  server = await startTestServer();
  const spans = [...calls, ...guarded, ...messages, ...spender];
  const answer = await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans(spans, 'protobuf') });
  if (answer.status !== 200) throw new Error(answer.text);
  await eventually(async () =>
    (await server.get<api.SpanList>('/api/v1/spans?limit=500')).spans.length === spans.length ? true : undefined,
  );
});
afterAll(() => server.end());

describe('GET /api/v1/spans', () => {
  it('lists the spans behind a filter, newest first, page by page', async () => {
    const seen: api.SpanRow[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 9; pages++) {
      const page: api.SpanList = await ask(
        `/api/v1/spans?q=model:gpt-4o+agent:analyst&limit=3${cursor && `&cursor=${cursor}`}`,
        api.SpanList,
      );
      seen.push(...page.spans);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ start, model, agent, user }) => [start.slice(17, 20), model, agent, user])).toEqual([
      ['03.', 'gpt-4o', 'analyst', 'user 1'],
      ['02.', 'gpt-4o', 'analyst', 'user 0'],
      ['01.', 'gpt-4o', 'analyst', 'user 1'],
      ['00.', 'gpt-4o', 'analyst', 'user 0'],
    ]);
    expect(seen[0]).toMatchObject({
      tenant: 'acme',
      session: 's-1',
      costUsd: '0.0035',
      costSource: 'computed',
      guard: null,
    });
  });

  it.each(['cursor=abc', 'limit=501', 'q=spans>3', 'q=)'])('?%s is 400', async (query) => {
    expect((await fetch(`${server.url}/api/v1/spans?${query}`)).status).toBe(400);
  });
});

describe('GET /api/v1/facets', () => {
  it('completes fields, their values, keys of attributes and their values, with counts', async () => {
    const { fields } = await ask('/api/v1/facets?prefix=mo', api.Facets);
    expect(fields).toMatchObject([
      { name: 'model', type: 'text', operators: [':', '!='], ofTraces: false, ofSpans: true },
    ]);
    const values = async (query: string) =>
      (await ask(`/api/v1/facets?${query}`, api.Facets)).values.map(({ value, count }) => [value, count]);
    expect(await values('field=model&prefix=GPT')).toEqual([
      ['gpt-4o', 12],
      ['gpt-4o-mini', 4],
      ['gpt-4o-2024-08-06', 2],
    ]);
    expect(await values('field=agent&q=model:gpt-4o-mini')).toEqual([['analyst', 4]]);
    expect(await values('field=attr.&prefix=http')).toEqual([['http.method', 12]]);
    expect(await values('field=attr.http.method')).toEqual([
      ['POST', 9],
      ['GET', 3],
    ]);
    expect(await values('field=cost')).toEqual([]);
    expect((await fetch(`${server.url}/api/v1/facets?field=colour`)).status).toBe(400);
  });
});

describe('groups', () => {
  it('COST-29 COST-30 COST-33 models stand side by side: cost, cost of a call, errors, percentiles', async () => {
    const { models: rows } = await ask('/api/v1/models?q=agent:analyst', api.Models);
    expect(rows.map(({ model, calls: count, errors, errorRate }) => [model, count, errors, errorRate])).toEqual([
      ['claude-sonnet-4-20250514', 4, 1, 0.25],
      ['gpt-4o', 4, 0, 0],
      ['gpt-4o-mini', 4, 0, 0],
    ]);
    expect(rows[1]).toMatchObject({
      provider: 'openai',
      costUsd: '0.014',
      costPerCallUsd: '0.0035',
      durationMs: { p50: 650, p90: 770, p95: 785, p99: 797 },
      timeToFirstChunkMs: { p50: 250 },
    });
    // 100 tokens in 500, 600, 700 and 800 ms less the 250 to the first one.
    expect(rows[1]!.tokensPerSecond!.p50).toBeCloseTo((100 / 0.35 + 100 / 0.45) / 2, 3);
  });

  it('latency is measured by any dimensions, also over time', async () => {
    const { by, rows } = await ask('/api/v1/latency?by=time:minute,provider&q=agent:analyst', api.Latency);
    expect(by).toEqual(['time:minute', 'provider']);
    expect(rows).toMatchObject([{ key: [`${noon.slice(0, -1)}.000000000Z`, 'openai'], calls: 12, errorRate: 1 / 12 }]);
    const ofTools = await ask('/api/v1/latency?by=operation&of=spans&q=operation:a2a_send', api.Latency);
    expect(ofTools.rows).toMatchObject([
      { key: ['a2a_send'], spans: 3, calls: 0, errorRate: null, costPerCallUsd: null },
    ]);
  });

  it('agents, runs, sessions and users have what they did and cost', async () => {
    const { agents } = await ask('/api/v1/agents', api.Agents);
    expect(agents.map(({ agent }) => agent)).toEqual(['spender', 'analyst', 'gatekeeper', 'analyst']);
    expect(agents[3]).toMatchObject({ tenant: 'acme', agent: 'analyst', runs: 2, users: 2, calls: 12, errors: 1 });
    const { runs } = await ask('/api/v1/runs?order=cost', api.Runs);
    expect(runs.map(({ agent, run, runId, calls: count }) => [agent, run, runId, count]).sort()).toEqual([
      ['analyst', 1, 'run-0', 6],
      ['analyst', 2, 'run-1', 6],
    ]);
    expect(await ask('/api/v1/sessions', api.Sessions)).toMatchObject({
      sessions: [{ tenant: 'acme', session: 's-1', users: 2, calls: 12, first: `${noon.slice(0, -1)}.000000000Z` }],
      truncated: false,
    });
    const { users } = await ask('/api/v1/users', api.Users);
    expect(users.map(({ user, calls: count, sessions }) => [user, count, sessions]).sort()).toEqual([
      ['user 0', 6, 1],
      ['user 1', 6, 1],
    ]);
  });

  it('their cost equals what the pivot says for the same filter', async () => {
    const pivot = await ask('/api/v1/costs?by=model&q=user:"user 0"', api.Costs);
    const { models: rows } = await ask('/api/v1/models?q=user:"user 0"', api.Models);
    expect(rows.map(({ model, costUsd, calls: count }) => [model, costUsd, count])).toEqual(
      pivot.rows.map(({ key, costUsd, calls: count }) => [key[0], costUsd, count]),
    );
  });

  it('COST-32 one prompt on several models is compared model by model', async () => {
    const list = await ask('/api/v1/compare', api.Comparison);
    expect(list.groups).toMatchObject([{ group: 'one prompt', models: 3, calls: 3 }]);
    const one = await ask('/api/v1/compare?group=one+prompt', api.Comparison);
    expect(one.models.map(({ model, calls: count }) => [model, count])).toEqual([
      ['claude-sonnet-4-20250514', 1],
      ['gpt-4o', 1],
      ['gpt-4o-mini', 1],
    ]);
    expect(one.models[1]!.durationMs!.p50).toBe(800);
    expect(one.calls).toHaveLength(3);
    expect((await ask('/api/v1/compare?group=nothing', api.Comparison)).models).toEqual([]);
  });
});

describe('GET /api/v1/guard', () => {
  it('says what was blocked by which scanner, and shows the newest verdicts', async () => {
    const guard = await ask('/api/v1/guard', api.Guard);
    expect(guard.outcomes.map(({ outcome, agent, count }) => [outcome, agent, count])).toEqual([
      ['annotated', 'gatekeeper', 1],
      ['blocked', 'gatekeeper', 1],
    ]);
    expect(guard.scanners.map(({ scanner, outcome, count }) => [scanner, outcome, count])).toEqual([
      ['PromptInjection', 'annotated', 1],
      ['PromptInjection', 'blocked', 1],
    ]);
    expect(guard.recent.map(({ guard: verdict }) => verdict)).toEqual(['annotated', 'blocked']);
    expect((await ask('/api/v1/guard?q=agent:analyst', api.Guard)).recent).toEqual([]);
  });
});

describe('GET /api/v1/a2a', () => {
  it('says who talks to whom, how often it failed and where the tasks were left', async () => {
    const { edges } = await ask('/api/v1/a2a', api.A2a);
    expect(edges).toMatchObject([
      {
        caller: 'analyst',
        callee: 'writer',
        sent: 2,
        executed: 0,
        errors: 1,
        states: { completed: 1, failed: 1 },
        durationMs: { p50: 1_000 },
      },
      { caller: 'analyst', callee: 'critic', sent: 1, errors: 0, states: { completed: 1 } },
    ]);
  });
});

describe('GET /api/v1/anomalies', () => {
  it('finds who spends unusually much and says why', async () => {
    const end = '2025-11-21T20:30:00Z';
    const found = await ask(`/api/v1/anomalies?by=agent&to=${end}&windows=8&minUsd=0.01`, api.Anomalies);
    expect(found).toMatchObject({ by: 'agent', windows: 8, note: null, checked: 3 });
    expect(found.anomalies).toMatchObject([
      {
        value: 'spender',
        costUsd: '1',
        usualUsd: '0.01',
        times: 100,
        calls: 1,
        explanation: expect.stringContaining('$1.00 in the last hour'),
      },
    ]);
    expect(
      (await ask(`/api/v1/anomalies?to=2025-11-21T18:30:00Z&windows=8&minUsd=0.001`, api.Anomalies)).anomalies,
    ).toEqual([]);
    const early = await ask('/api/v1/anomalies?to=2025-11-21T14:30:00Z', api.Anomalies);
    expect([early.anomalies, early.note]).toEqual([[], 'There are 2 windows of history; 5 are needed.']);
  });

  it.each(['by=agent,model', 'by=colour', 'windows=4', 'hours=0'])('?%s is 400', async (query) => {
    expect((await fetch(`${server.url}/api/v1/anomalies?${query}`)).status).toBe(400);
  });
});
