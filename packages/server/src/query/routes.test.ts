import { limits } from '@tallyspan/facts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { makeCall } from '../../test/make-call.ts';
import { makeWireSpan } from '../../test/make-wire-span.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import * as api from '../api.ts';

const TRACE = '5b8efff798038103d269b633813fc60c';
const T0 = 1_763_726_400_000_000_000n;
const at = (ms: number) => T0 + BigInt(ms) * 1_000_000n;

let server: TestServer;

/** An answer that its schema in the route table accepts, with nothing missing and nothing on top. */
async function ask<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
  const body = await server.get<unknown>(path);
  const parsed = schema.parse(body);
  expect(parsed).toEqual(body);
  return parsed;
}
async function problem(path: string, init?: RequestInit): Promise<{ status: number } & api.Problem['error']> {
  const response = await fetch(server.url + path, init);
  return { status: response.status, ...api.Problem.parse(await response.json()).error };
}

const root = makeWireSpan({
  traceId: TRACE,
  spanId: '00000000000000a1',
  name: 'invoke_agent crew',
  kind: 'internal',
  start: at(0),
  end: at(3_000),
  resource: { 'service.name': 'newsroom' },
  attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'crew', 'tally.run.id': 'run-1' },
});
const call = (n: number, which: Parameters<typeof makeCall>[0], part: Parameters<typeof makeCall>[1] = {}) =>
  makeCall(
    { run: 'run-1', ...which },
    {
      traceId: TRACE,
      spanId: `00000000000000b${n}`,
      parentSpanId: root.spanId,
      start: at(n * 100),
      end: at(n * 100 + 50),
      ...part,
    },
  );
const research = call(
  1,
  { role: 'researcher', input: 1_204, output: 310 },
  {
    scopeName: 'test',
    scopeVersion: '1.0',
    attributes: { big: 2n ** 60n, 'cost.center': '7', constructor: 'x' },
    events: [{ name: 'first token', time: at(120), attributes: { n: 1 } }],
    links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: {} }],
  },
);
const failed = call(
  2,
  { role: 'researcher' },
  { status: 'error', statusMessage: 'rate limited', attributes: { 'error.type': '429' } },
);
const unpriced = call(
  3,
  { role: 'writer', model: 'home-made-7b' },
  { attributes: { 'gen_ai.provider.name': 'my-basement', 'gen_ai.request.model': 'home-made-7b' } },
);
const tool = makeWireSpan({
  traceId: TRACE,
  spanId: '00000000000000c1',
  parentSpanId: root.spanId,
  name: 'execute_tool search',
  start: at(500),
  end: at(600),
  attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' },
});
/** Nine traces of another agent, a second apart; the last one failed. */
const others = Array.from({ length: 9 }, (_, index) =>
  makeCall(
    { agent: 'clerk', run: `clerk-${index}`, tenant: 'acme' },
    {
      start: at(10_000 + index * 1_000),
      end: at(10_500 + index * 1_000),
      status: index === 8 ? 'error' : 'unset',
    },
  ),
);

beforeAll(async () => {
  server = await startTestServer();
  const sent = await send(`${server.url}/v1/traces`, {
    headers: PROTOBUF,
    body: encodeSpans([root, research, failed, unpriced, tool, ...others], 'protobuf'),
  });
  if (sent.status !== 200) throw new Error(sent.text);
  await eventually(async () =>
    (await server.get<api.TraceList>('/api/v1/traces')).traces.length === 10 ? true : undefined,
  );
});
afterAll(() => server.end());

describe('GET /api/v1/traces', () => {
  it('lists traces, newest first, with what each is and costs', async () => {
    const { traces, nextCursor } = await ask('/api/v1/traces', api.TraceList);
    expect(traces).toHaveLength(10);
    expect(nextCursor).toBeNull();
    expect(traces.map(({ start }) => start)).toEqual(
      traces
        .map(({ start }) => start)
        .sort()
        .reverse(),
    );
    expect(traces.at(-1)).toMatchObject({
      traceId: TRACE,
      name: 'invoke_agent crew',
      rootArrived: true,
      start: '2025-11-21T12:00:00.000000000Z',
      durationMs: 3_000,
      spans: 5,
      errorSpans: 1,
      agent: 'crew',
      runId: 'run-1',
      calls: 3,
      errors: 1,
      unpricedCalls: 1,
    });
  });

  it('pages through all of them once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 20; pages++) {
      const page: api.TraceList = await ask(
        `/api/v1/traces?limit=4${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
        api.TraceList,
      );
      seen.push(...page.traces.map(({ traceId }) => traceId));
      cursor = page.nextCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([10, 10]);
  });

  it.each([
    ['agent=clerk', 9],
    ['tenant=acme', 9],
    ['agent=crew', 1],
    ['model=home-made-7b', 1],
    ['status=error', 1],
    ['q=SEARCH', 1],
    ['q=tool:search+duration>2s+-agent:clerk', 1],
    ['q=model:home-made-7b+OR+attr.cost.center:7', 1],
    ['q=role:researcher+role:writer', 0],
    ['q=calls>2', 1],
    [`q=${TRACE.slice(0, 6)}`, 1],
    ['q=%25', 0],
    ['from=2025-11-21T12:00:10Z', 9],
    ['from=2025-11-21T12:00:10.000000001Z', 8],
    ['to=2025-11-21T13:00:00%2B01:00', 0],
    ['from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z', 10],
    ['agent=', 10],
  ])('?%s finds %i', async (query, count) => {
    expect((await ask(`/api/v1/traces?${query}`, api.TraceList)).traces).toHaveLength(count);
  });

  it.each([
    ['limit=0', /^limit: /],
    ['limit=501', /^limit: /],
    ['limit=ten', /^limit: /],
    ['status=maybe', /^status: /],
    ['from=yesterday', /^from: /],
    ['from=2025-11-21', /^from: /],
    [`q=${'x'.repeat(1_001)}`, /^q: at 1001: a filter has at most 1000 characters/],
    ['q=model:x+modle:y', /^q: at 9: there is no field "modle"; did you mean model/],
    ['cursor=abc', /^cursor: /],
    [`cursor=${Buffer.from(`99999999999999999999.${TRACE}`).toString('base64url')}`, /^cursor: /],
  ])('?%s is 400 and names the field', async (query, what) => {
    expect(await problem(`/api/v1/traces?${query}`)).toMatchObject({
      status: 400,
      code: 'BAD_QUERY',
      what: expect.stringMatching(what),
    });
  });

  it('the largest page is taken', async () => {
    expect((await ask('/api/v1/traces?limit=500', api.TraceList)).traces).toHaveLength(10);
  });
});

describe('GET /api/v1/traces/{traceId}', () => {
  it('answers the whole trace, in any case of its id', async () => {
    const trace = await ask(`/api/v1/traces/${TRACE.toUpperCase()}`, api.Trace);
    expect(trace.spans.map(({ spanId }) => spanId)).toEqual(
      [root, research, failed, unpriced, tool].map(({ spanId }) => spanId),
    );
    expect(trace.summary.traceId).toBe(TRACE);
  });

  it('a priced call says what it cost and why', async () => {
    const { spans } = await ask(`/api/v1/traces/${TRACE}`, api.Trace);
    expect(spans[1]).toMatchObject({
      name: 'chat gpt-4o',
      parentSpanId: root.spanId,
      offsetMs: 100,
      durationMs: 50,
      operation: 'chat',
      provider: 'openai',
      model: 'gpt-4o-2024-08-06',
      requestModel: 'gpt-4o',
      role: 'researcher',
      timeToFirstChunkMs: 250,
      inputTokens: 1_204,
      outputTokens: 310,
      cacheReadTokens: null,
      finishReasons: ['stop'],
      billable: true,
      // 1,204 × $2.50 and 310 × $10 per million.
      cost: {
        source: 'computed',
        costUsd: '0.00611',
        lines: [
          { type: 'input', costUsd: '0.00301' },
          { type: 'output', costUsd: '0.0031' },
        ],
      },
      scope: { name: 'test', version: '1.0' },
      events: [{ name: 'first token', offsetMs: 120, attributes: { n: 1 } }],
      links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }],
    });
  });

  it('attributes that nobody knows stay, integers beyond 2^53 as text and odd names as names', async () => {
    const { spans } = await ask(`/api/v1/traces/${TRACE}`, api.Trace);
    expect(spans[1]!.attributes).toEqual({ big: '1152921504606846976', 'cost.center': '7', constructor: 'x' });
  });

  it('what nobody knows is null, and what is not billable has no cost', async () => {
    const { spans } = await ask(`/api/v1/traces/${TRACE}`, api.Trace);
    expect(spans[0]).toMatchObject({
      parentSpanId: null,
      statusMessage: null,
      model: null,
      inputTokens: null,
      billable: false,
      cost: null,
      resource: { 'service.name': 'newsroom' },
    });
    expect(spans[2]).toMatchObject({ status: 'error', statusMessage: 'rate limited', errorType: '429' });
    expect(spans[3]!.cost).toEqual({ source: 'unpriced', costUsd: null, version: null, priceId: null, lines: [] });
    expect(spans[4]).toMatchObject({ tool: 'search', billable: false, cost: null });
  });

  it('a trace that is not there is 404, and what is no id is 400', async () => {
    expect(await problem(`/api/v1/traces/${'0'.repeat(31)}1`)).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      what: `There is no trace ${'0'.repeat(31)}1.`,
    });
    expect(await problem('/api/v1/traces/nonsense')).toMatchObject({
      status: 400,
      what: expect.stringMatching(/^traceId: a trace id has 32 hex digits/),
    });
  });
});

describe('GET /api/v1/costs', () => {
  const sumUsd = (values: string[]) => values.reduce((sum, usd) => sum + BigInt(Math.round(Number(usd) * 1e9)), 0n);

  it('COST-20 COST-22 by any dimensions, the rows add up to the total and the tree to the rows', async () => {
    for (const by of [
      'agent',
      'role',
      'model',
      'agent,role,model',
      'tenant,provider,operation',
      'run',
      'user,session',
      'model,role,agent,run,tenant,provider,operation,user,session',
    ]) {
      const costs = await ask(`/api/v1/costs?by=${by}`, api.Costs);
      expect(costs.by).toEqual(by.split(','));
      expect(costs.total).toMatchObject({ calls: 12, errors: 2, unpricedCalls: 1 });
      expect(sumUsd(costs.rows.map(({ costUsd }) => costUsd))).toBe(sumUsd([costs.total.costUsd]));
      expect(costs.rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(12);
      const check = (nodes: api.CostNode[], parent: api.Totals) => {
        expect(sumUsd(nodes.map(({ costUsd }) => costUsd))).toBe(sumUsd([parent.costUsd]));
        expect(nodes.reduce((sum, { calls }) => sum + calls, 0)).toBe(parent.calls);
        for (const node of nodes) if (node.children.length > 0) check(node.children, node);
      };
      check(costs.tree, costs.total);
    }
  });

  it('COST-21 the tree nests in the order asked for, dearest first', async () => {
    const { tree } = await ask('/api/v1/costs?by=agent,role,model', api.Costs);
    expect(tree.map(({ dimension, value, calls }) => [dimension, value, calls])).toEqual([
      ['agent', 'clerk', 9],
      ['agent', 'crew', 3],
    ]);
    expect(tree[1]!.children.map(({ dimension, value }) => [dimension, value])).toEqual([
      ['role', 'researcher'],
      ['role', 'writer'],
    ]);
    expect(tree[1]!.children[1]!.children[0]).toMatchObject({
      dimension: 'model',
      value: 'home-made-7b',
      unpricedCalls: 1,
      costUsd: '0',
      children: [],
    });
  });

  it('filters by trace, agent, tenant and time', async () => {
    const calls = async (query: string) => (await ask(`/api/v1/costs?${query}`, api.Costs)).total.calls;
    expect(await calls(`traceId=${TRACE.toUpperCase()}`)).toBe(3);
    expect(await calls('agent=clerk')).toBe(9);
    expect(await calls('tenant=acme')).toBe(9);
    expect(await calls('to=2025-11-21T12:00:05Z')).toBe(3);
    expect(await calls('agent=nobody')).toBe(0);
  });

  it(`may have up to ${limits.dimensionsMax} dimensions, and not one more`, async () => {
    const by = (count: number) => Array.from({ length: count }, (_, index) => `attr.k${index}`).join(',');
    expect((await ask(`/api/v1/costs?by=${by(limits.dimensionsMax)}`, api.Costs)).rows).toHaveLength(1);
    expect(await problem(`/api/v1/costs?by=${by(limits.dimensionsMax + 1)}`)).toMatchObject({ status: 400 });
  });

  it('LLM-49 runs of an agent are numbered from 1', async () => {
    const { rows } = await ask('/api/v1/costs?by=agent,run', api.Costs);
    const clerks = rows.filter(({ key }) => key[0] === 'clerk').map(({ key }) => Number(key[1]));
    expect(clerks.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows.map(({ key }) => key)).toContainEqual(['crew', '1']);
  });

  it('are of what a filter chooses, by attributes and by buckets of time, and add up all the same', async () => {
    const { rows, total } = await ask('/api/v1/costs?by=time:minute,attr.cost.center&q=agent:crew', api.Costs);
    expect(total.calls).toBe(3);
    expect(rows.map(({ key, calls }) => [...key, calls])).toEqual([
      ['2025-11-21T12:00:00.000000000Z', '7', 1],
      ['2025-11-21T12:00:00.000000000Z', null, 2],
    ]);
    expect(await problem('/api/v1/costs?q=calls>2')).toMatchObject({
      what: 'q: calls is known of traces, and here spans are asked.',
    });
  });

  it.each(['by=colour', 'by=', 'by=agent,agent', 'by=agent;drop', 'by=agent,,model'])(
    '?%s is 400 and names the allowed ones',
    async (query) => {
      expect(await problem(`/api/v1/costs?${query}`)).toMatchObject({
        status: 400,
        code: 'BAD_QUERY',
        what: expect.stringMatching(
          /^by: .* is not one of tenant, agent, run, role, provider, model, operation, user, session, other text fields/,
        ),
      });
    },
  );
});

describe('GET /api/v1/tail', () => {
  it('tells which traces got spans, right after they are stored', async () => {
    const leave = new AbortController();
    const response = await fetch(`${server.url}/api/v1/tail`, { signal: leave.signal });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const events = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await events.read()).value).toBe('retry: 1000\n\n');
    const late = makeCall();
    await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans([late], 'protobuf') });
    expect((await events.read()).value).toBe(`event: spans\ndata: {"traceIds":["${late.traceId}"]}\n\n`);
    expect((await ask(`/api/v1/traces/${late.traceId}`, api.Trace)).spans).toHaveLength(1);
    leave.abort();
  });

  it('with a filter tells of what it finds only, as the list would', async () => {
    const leave = new AbortController();
    const path = '/api/v1/tail?q=agent:painter+calls>0';
    const response = await fetch(server.url + path, { signal: leave.signal });
    const events = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await events.read();
    const [other, wanted] = [makeCall({ agent: 'plumber' }), makeCall({ agent: 'painter' })];
    for (const span of [other, wanted])
      await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans([span], 'protobuf') });
    expect((await events.read()).value).toBe(`event: spans\ndata: {"traceIds":["${wanted.traceId}"]}\n\n`);
    leave.abort();
    expect(await problem('/api/v1/tail?q=colour:red')).toMatchObject({ status: 400, code: 'BAD_QUERY' });
  });

  it('nothing is told about spans that were there already', async () => {
    const leave = new AbortController();
    const response = await fetch(`${server.url}/api/v1/tail`, { signal: leave.signal });
    const events = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await events.read();
    const next = makeCall();
    await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans([research], 'protobuf') });
    await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans([next], 'protobuf') });
    expect((await events.read()).value).toContain(`{"traceIds":["${next.traceId}"]}`);
    leave.abort();
  });
});

describe('everything else under /api', () => {
  it('the OpenAPI document describes every route of the table and nothing else', async () => {
    const document = await server.get<{
      openapi: string;
      paths: Record<string, Record<string, { responses: object }>>;
      components: { schemas: object };
    }>('/openapi.json');
    expect(await server.get('/api/v1/openapi.json')).toEqual(document);
    expect(document.openapi).toBe('3.1.0');
    expect(
      Object.entries(document.paths)
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
        .sort(),
    ).toEqual(
      Object.values(api.routes)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    );
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1]!,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) expect(document.components.schemas).toHaveProperty(name);
  });

  it('a path that does not exist is a problem, not the page', async () => {
    expect(await problem('/api/v2/traces')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it.each(['POST', 'DELETE', 'PUT'])('%s is 405', async (method) => {
    expect(await problem('/api/v1/traces', { method })).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  });

  it('HEAD answers like GET without a body', async () => {
    const response = await fetch(`${server.url}/api/v1/tail`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});
