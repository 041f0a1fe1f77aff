import { SpanKind } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { harness } from '../../test/harness.ts';
import { majors, type McpPair } from '../../test/mcp.ts';
import type { SinkSpan } from '../../test/otlp-sink.ts';
import { agent, init, tool, unwatch, watch } from '../index.ts';
import { inherit } from '../carry/carrier.ts';

const h = harness();
const CLIENT = SpanKind.CLIENT + 1;
const SERVER = SpanKind.SERVER + 1;

const sum = { name: 'add', arguments: { a: 1, b: 2 } };
const named = (spans: readonly SinkSpan[], name: string, kind: number) =>
  spans.filter((span) => span.name === name && span.kind === kind);

describe.each(majors)('%s', (_, make) => {
  /** Both ends watched and connected; `run` does something, and the spans of that are the answer. */
  async function spansOf(run: (pair: McpPair) => Promise<unknown>, options = {}): Promise<SinkSpan[]> {
    const pair = make();
    watch(pair.client, options);
    watch(pair.server, options);
    await pair.connect();
    try {
      await run(pair);
    } finally {
      await pair.close();
    }
    return (await h.spans()).filter(({ name }) => name !== 'initialize');
  }
  const only = (spans: readonly SinkSpan[], kind: number) => {
    const [span, ...more] = spans.filter((each) => each.kind === kind);
    expect(more).toEqual([]);
    return span!;
  };

  it('OBS-16 EXT-07 a tool call is one span at the client and one at the server below it, in the run of the agent', async () => {
    const spans = await spansOf(({ client }) =>
      agent({ name: 'analyst', tenant: 'acme' }, async () => {
        expect((await client.callTool(sum)).content).toEqual([{ type: 'text', text: 'sum 3' }]);
      })(),
    );
    const [asked, served] = [only(spans, CLIENT), only(spans, SERVER)];
    expect([asked.name, served.name]).toEqual(['tools/call add', 'tools/call add']);
    const run = spans.find(({ name }) => name === 'invoke_agent analyst')!;
    expect([asked.parentSpanId, served.parentSpanId]).toEqual([run.spanId, asked.spanId]);
    expect(served.traceId).toBe(run.traceId);
    for (const { attributes } of [asked, served]) {
      expect(attributes).toMatchObject({
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'add',
        'gen_ai.agent.name': 'analyst',
        'jsonrpc.request.id': expect.stringMatching(/^\d+$/),
        'mcp.protocol.version': expect.stringMatching(/^20\d\d-/),
      });
      expect(Object.keys(attributes).filter((name) => /argument|result/.test(name))).toEqual([]);
    }
  });

  it('OBS-16 arguments and results are recorded where content is on, and then only', async () => {
    const spans = await spansOf(({ client }) => client.callTool(sum), { captureContent: true });
    for (const { attributes } of spans) {
      expect(JSON.parse(attributes['gen_ai.tool.call.arguments'] as string)).toEqual(sum.arguments);
      expect(attributes['gen_ai.tool.call.result']).toContain('sum 3');
    }
  });

  it('OBS-16 the hexr dialect calls it a gateway call', async () => {
    h.init({ dialects: ['hexr'] });
    const spans = await spansOf(({ client }) => client.callTool(sum));
    expect(only(spans, CLIENT).name).toBe('hexr.gateway.call');
    expect(only(spans, CLIENT).attributes['gen_ai.tool.name']).toBe('add');
  });

  it('every kind of request has its span, also what a server asks a client', async () => {
    const spans = await spansOf(async ({ client }) => {
      await client.ping();
      await client.listTools();
      await client.listPrompts();
      await client.listResources();
      await client.getPrompt({ name: 'greet', arguments: { style: 'brief' } });
      await client.readResource({ uri: 'row://7?key=secret' });
      await client.complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'style', value: 'b' } });
      await client.setLoggingLevel('info');
      await client.callTool({ name: 'ask', arguments: {} });
    });
    const asked = [
      'ping',
      'tools/list',
      'prompts/list',
      'resources/list',
      'prompts/get greet',
      'resources/read',
      'completion/complete greet',
      'logging/setLevel',
      'tools/call ask',
      'sampling/createMessage',
    ].toSorted();
    for (const kind of [CLIENT, SERVER])
      expect(
        spans
          .filter((span) => span.kind === kind)
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(asked);
    const [sampled] = named(spans, 'sampling/createMessage', CLIENT);
    expect(sampled!.parentSpanId).toBe(named(spans, 'tools/call ask', SERVER)[0]!.spanId);
    const [read] = named(spans, 'resources/read', CLIENT);
    expect(read!.attributes['mcp.resource.uri']).toBe('row://7');
  });

  it('the beginning of a session is a span that knows the version both agreed on', async () => {
    const pair = make();
    watch(pair.client);
    watch(pair.server);
    await pair.connect();
    await pair.close();
    const spans = (await h.spans()).filter(({ name }) => name === 'initialize');
    expect(spans.map(({ kind }) => kind).toSorted()).toEqual([SERVER, CLIENT]);
    for (const { attributes } of spans) expect(attributes['mcp.protocol.version']).toMatch(/^20\d\d-/);
  });

  it('what the caller hands over stays as it is, and its own _meta goes along', async () => {
    const params = { ...sum, _meta: { mine: 1, baggage: 'color=red,tally.tenant=evil' } };
    const before = structuredClone(params);
    await spansOf(async ({ client, metas }) => {
      await agent({ name: 'analyst', tenant: 'acme' }, () => client.callTool(params))();
      expect(params).toEqual(before);
      expect(metas).toEqual([
        expect.objectContaining({
          mine: 1,
          traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
          baggage: expect.stringMatching(/^tally\.tenant=acme,gen_ai\.agent\.name=analyst,.*color=red$/),
        }),
      ]);
    });
  });

  it('a tool that says it failed, and a server that refuses, are failures of the client by the conventions', async () => {
    const spans = await spansOf(async ({ client }) => {
      await client.callTool({ name: 'fail', arguments: {} });
      await expect(client.getPrompt({ name: 'nobody-knows' })).rejects.toThrow(/nobody-knows/);
    });
    for (const kind of [CLIENT, SERVER]) {
      const [failed] = named(spans, 'tools/call fail', kind);
      expect([failed!.failed, failed!.attributes['error.type']]).toEqual([true, 'tool_error']);
    }
    const [asked] = named(spans, 'prompts/get nobody-knows', CLIENT);
    expect(asked!.attributes).toMatchObject({ 'error.type': '-32602', 'rpc.response.status_code': '-32602' });
    expect(asked!.statusMessage).toBe('JSON-RPC -32602');
    // The server did what it should.
    const [served] = named(spans, 'prompts/get nobody-knows', SERVER);
    expect(served!.failed).toBe(false);
    expect(served!.attributes['rpc.response.status_code']).toBe('-32602');
    expect(served!.attributes).not.toHaveProperty('error.type');
  });

  it('a tool of ours around the call of the same tool is its span; one of another name has a span of its own above', async () => {
    const spans = await spansOf(async ({ client }) => {
      await tool('add', () => client.callTool(sum))();
      await tool('mcp__desk__add', () => client.callTool(sum))();
      await tool('books', () => client.callTool(sum))();
      await tool('fail', () => client.callTool({ name: 'fail', arguments: {} }))();
    });
    const tools = spans.filter(({ name }) => name.startsWith('execute_tool'));
    expect(
      tools.map(({ name, attributes }) => [name, attributes['mcp.method.name'], attributes['error.type']]),
    ).toEqual([
      ['execute_tool add', 'tools/call', undefined],
      ['execute_tool mcp__desk__add', 'tools/call', undefined],
      ['execute_tool books', undefined, undefined],
      ['execute_tool fail', 'tools/call', 'tool_error'],
    ]);
    const [own, ...more] = spans.filter(({ kind }) => kind === CLIENT);
    expect(more).toEqual([]);
    expect(own!.parentSpanId).toBe(tools[2]!.spanId);
    const served = named(spans, 'tools/call add', SERVER).map(({ parentSpanId }) => parentSpanId);
    expect(served).toEqual([tools[0]!.spanId, tools[1]!.spanId, own!.spanId]);
  });

  it('a call that is called off, and one whose time is up, end their spans as that; progress arrives as before', async () => {
    const seen: unknown[] = [];
    const spans = await spansOf(async ({ client }) => {
      const slow = { name: 'slow', arguments: {} };
      const controller = new AbortController();
      const onprogress = (progress: unknown) => {
        seen.push(progress);
        controller.abort(new Error('changed my mind'));
      };
      await expect(client.callTool(slow, { signal: controller.signal, onprogress })).rejects.toThrow('changed my mind');
      await expect(client.callTool(slow, { timeout: 20 })).rejects.toThrow('timed out');
    });
    expect(seen).toEqual([{ progress: 1 }]);
    for (const kind of [CLIENT, SERVER])
      expect(named(spans, 'tools/call slow', kind).map(({ attributes }) => attributes['error.type'])).toEqual([
        'aborted',
        'timeout',
      ]);
  });

  it('calls that are open when the connection closes end with it', async () => {
    const spans = await spansOf(async (pair) => {
      const call = pair.client.callTool({ name: 'slow', arguments: {} });
      const rejected = call.catch((error: Error) => error.message);
      await new Promise((resolve) => setImmediate(resolve));
      await pair.client.close();
      expect(await rejected).toContain('Connection closed');
    });
    expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual(['connection_closed', 'connection_closed']);
  });

  it('a request that cannot be sent fails as before, and its span says so', async () => {
    const spans = await spansOf(async ({ client, transports: [near] }) => {
      Object.assign(near, { send: () => Promise.reject(new RangeError('the line is cut')) });
      unwatch(client);
      watch(client);
      await expect(client.ping()).rejects.toThrow('the line is cut');
    });
    expect(spans.map(({ name, failed, attributes }) => [name, failed, attributes['error.type']])).toEqual([
      ['ping', true, 'RangeError'],
    ]);
  });

  it('bare and watched, a program sees the same: results, errors, events and their order', async () => {
    const see = async (isWatched: boolean) => {
      const pair = make();
      if (isWatched) {
        expect(watch(pair.client)).toBe(pair.client);
        expect(watch(pair.server)).toBe(pair.server);
      }
      const events: unknown[] = [];
      const [near] = pair.transports as [
        { onmessage?: (message: { id?: unknown }) => void; onclose?: () => void },
        object,
      ];
      near.onmessage = (message) => events.push(['message', message.id]);
      near.onclose = () => events.push('closed');
      await pair.connect();
      const keep = async (what: string, promise: Promise<unknown>) =>
        events.push([what, await promise.catch((error: Error) => [error.constructor.name, error.message])]);
      await Promise.all([
        keep('add', pair.client.callTool(sum)),
        keep('fail', pair.client.callTool({ name: 'fail', arguments: {} })),
        keep('tools', pair.client.listTools()),
        keep('none', pair.client.readResource({ uri: 'none://' })),
        keep('ask', pair.client.callTool({ name: 'ask', arguments: {} })),
      ]);
      await pair.close();
      return {
        events,
        keys: [pair.client, pair.server, ...pair.transports].map((each) => Object.keys(each).toSorted()),
      };
    };
    expect(await see(true)).toEqual(await see(false));
  });

  it('unwatch gives the client and its connection back', async () => {
    const pair = make();
    const bare = make();
    await pair.connect();
    await bare.connect();
    watch(pair.client);
    await pair.client.ping();
    unwatch(pair.client);
    for (const index of [0, 1])
      expect(Reflect.ownKeys(pair.transports[index]!).toSorted(byText)).toEqual(
        Reflect.ownKeys(bare.transports[index]!).toSorted(byText),
      );
    await pair.client.ping();
    await pair.close();
    await bare.close();
    expect((await h.spans()).map(({ name, kind }) => [name, kind])).toEqual([['ping', CLIENT]]);
  });

  it('a caller’s claims of who pays are believed only where the program trusts it; its agent and run always', async () => {
    const claim = {
      ...sum,
      _meta: {
        baggage: 'tally.tenant=evil,gen_ai.agent.name=stranger,tally.run.id=r1,tally.spiffe_id=spiffe%3A%2F%2Fx%2Fy',
      },
    };
    for (const [trust, tenant] of [
      [undefined, undefined],
      [['tenant'], 'evil'],
    ] as const) {
      const pair = make();
      watch(pair.server, trust ? { trust } : {});
      await pair.connect();
      await pair.client.callTool(claim);
      await pair.close();
      const [served] = named((await h.spans()).slice(-2), 'tools/call add', SERVER);
      expect(served!.attributes).toMatchObject({ 'gen_ai.agent.name': 'stranger', 'tally.run.id': 'r1' });
      expect([served!.attributes['tally.tenant'], served!.attributes['tally.spiffe_id']]).toEqual([tenant, undefined]);
    }
  });

  it('a server below a span of its own transport is in the caller’s trace, and linked with that span', async () => {
    const pair = make();
    watch(pair.server);
    await pair.connect();
    const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const ambient = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01';
    await inherit({ traceparent: ambient, identity: {} }, () =>
      pair.client.callTool({ ...sum, _meta: { traceparent: caller } }),
    );
    await pair.close();
    const [served] = named(await h.spans(), 'tools/call add', SERVER);
    expect(served).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
      links: ['bbbbbbbbbbbbbbbb'],
    });
  });

  it('with nobody to send spans to, calls are as they were', async () => {
    init({ endpoint: 'http://127.0.0.1:9' });
    const pair = make();
    watch(pair.client);
    await pair.connect();
    expect((await pair.client.callTool(sum)).content).toEqual([{ type: 'text', text: 'sum 3' }]);
    await pair.close();
  });
});

const byText = (one: string | symbol, other: string | symbol) => (String(one) < String(other) ? -1 : 1);

describe('metrics of the gateway', () => {
  const points = async (metric: string) => {
    await h.spans();
    return h.sink.points().filter((point) => point.metric === metric);
  };

  it('OBS-16 calls of tools are counted by tool and agent, requests of both ends by method', async () => {
    const pair = majors[0]![1]();
    watch(pair.client);
    watch(pair.server);
    await pair.connect();
    await agent({ name: 'analyst', tenant: 'acme' }, async () => {
      await pair.client.callTool(sum);
      await tool('add', () => pair.client.callTool(sum))();
      await pair.client.callTool({ name: 'fail', arguments: {} });
    })();
    await pair.close();
    const calls = await points('tally.gateway.calls');
    expect(calls.map(({ value, attributes }) => [attributes['gen_ai.tool.name'], value])).toEqual([
      ['add', 2],
      ['fail', 1],
    ]);
    expect(calls[0]!.attributes).toMatchObject({ 'tally.tenant': 'acme', 'gen_ai.agent.name': 'analyst' });
    for (const metric of ['mcp.client.operation.duration', 'mcp.server.operation.duration']) {
      const counted = Object.fromEntries(
        (await points(metric)).map(({ attributes, count }) => [
          attributes['gen_ai.tool.name'] ?? attributes['mcp.method.name'],
          count,
        ]),
      );
      expect(counted).toEqual({ initialize: 1, add: 2, fail: 1 });
    }
    expect((await points('tally.tool.invocations')).map(({ value }) => value)).toEqual([1]);
  });
});
