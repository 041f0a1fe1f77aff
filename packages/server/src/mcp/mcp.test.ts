import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually } from '../../test/start-test-server.ts';
import type { Costs } from '../api.ts';

let server: LockedServer;
const keys: Record<'acme' | 'beta' | 'all' | 'ingest', string> = { acme: '', beta: '', all: '', ingest: '' };
const trace = '0af7651916cd43dd8448eb211c80319c';

beforeAll(async () => {
  server = await startLockedServer();
  const call = (tenant: string, index: number) =>
    makeCall(
      { tenant, agent: `agent of ${tenant}`, run: 'r' },
      {
        ...(tenant === 'acme' && { traceId: trace, spanId: `b7ad6b716920333${index}` }),
        status: index === 1 ? 'error' : 'unset',
        attributes: {
          ...(index === 1 && { 'error.type': '429' }),
          'gen_ai.input.messages': JSON.stringify([
            { role: 'user', parts: [{ type: 'text', content: `secret of ${tenant}` }] },
          ]),
        },
      },
    );
  const spans = [0, 1, 2].flatMap((index) => [call('acme', index), call('beta', index)]);
  const sent = await send(`${server.url}/v1/traces`, {
    headers: { ...PROTOBUF, authorization: `Bearer ${server.admin}` },
    body: encodeSpans(spans, 'protobuf'),
  });
  if (sent.status !== 200) throw new Error(sent.text);
  keys.acme = await server.make({ scope: 'read', tenant: 'acme' });
  keys.beta = await server.make({ scope: 'read', tenant: 'beta' });
  keys.ingest = await server.make({ scope: 'ingest' });
  keys.all = server.admin;
  await eventually(async () => {
    const { json } = await server.ask('GET', '/api/v1/costs', server.admin);
    return (json as Costs).total.calls === spans.length ? true : undefined;
  });
});
afterAll(() => server.end());

async function connect(key: keyof typeof keys, mode: 'legacy' | 'auto' = 'legacy'): Promise<Client> {
  const client = new Client({ name: 'a coding agent', version: '1' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${keys[key]}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }));
  return client;
}
async function call(client: Client, name: string, given: Record<string, unknown> = {}) {
  const { content, isError = false } = await client.callTool({ name, arguments: given });
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says by what it expects what it is
  return { isError, text, json: (isError ? undefined : JSON.parse(text)) as any };
}

describe('POST /mcp', () => {
  it.each(['legacy', 'auto'] as const)(
    'offers its tools, all of them read-only, to clients of both generations (%s)',
    async (mode) => {
      const client = await connect('acme', mode);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual([
        'anomalies',
        'compare_models',
        'costs',
        'errors',
        'get_trace',
        'search_traces',
      ]);
      for (const { annotations, description, inputSchema } of tools) {
        expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
        expect([description!.length > 40, inputSchema.type]).toEqual([true, 'object']);
      }
      await client.close();
    },
  );

  it('finds traces, reads one, sums costs, compares models and shows errors', async () => {
    const client = await connect('acme');
    const found = await call(client, 'search_traces', { q: 'has:error agent:"agent of acme"' });
    expect(found.json.traces).toMatchObject([{ traceId: trace, spans: 3, errorSpans: 1, costUsd: '0.0105' }]);
    const read = await call(client, 'get_trace', { traceId: trace });
    expect(read.json).toMatchObject({ summary: { calls: 3 }, omittedSpans: 0 });
    expect(read.json.spans[1]).toMatchObject({ status: 'error', errorType: '429', costUsd: '0.0035' });
    expect(read.text).not.toContain('secret');
    expect((await call(client, 'get_trace', { traceId: trace, content: true })).text).toContain('secret of acme');
    expect((await call(client, 'costs', { by: 'agent,model' })).json).toMatchObject({
      total: { calls: 3, costUsd: '0.0105' },
      rows: [{ key: ['agent of acme', 'gpt-4o-2024-08-06'], calls: 3 }],
    });
    expect((await call(client, 'compare_models')).json.models).toMatchObject([{ calls: 3, costPerCallUsd: '0.0035' }]);
    const { classes, newest } = (await call(client, 'errors')).json;
    expect(classes).toMatchObject([{ error: '429', agent: 'agent of acme', count: 1 }]);
    expect(newest).toHaveLength(1);
    expect((await call(client, 'anomalies')).json.anomalies).toEqual([]);
    await client.close();
  });

  it('shows a tenant its own only, whichever tool is asked', async () => {
    const [acme, beta, all] = await Promise.all([connect('acme'), connect('beta'), connect('all')]);
    const questions: [string, Record<string, unknown>][] = [
      ['search_traces', {}],
      ['get_trace', { traceId: trace, content: true }],
      ['costs', { by: 'tenant,agent' }],
      ['errors', {}],
      ['compare_models', {}],
    ];
    for (const [name, given] of questions) {
      expect((await call(acme, name, given)).text, name).not.toContain('beta');
      expect((await call(beta, name, given)).text, name).not.toContain('acme');
    }
    expect((await call(beta, 'search_traces', { tenant: 'acme' })).json.traces).toEqual([]);
    expect((await call(all, 'costs', { by: 'tenant' })).json.total.calls).toBe(6);
    for (const client of [acme, beta, all]) await client.close();
  });

  it('a question that is wrong is answered with what is wrong, and one about nothing with nothing', async () => {
    const client = await connect('acme');
    expect(await call(client, 'costs', { q: 'colour:red' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('q: at 1: there is no field "colour"'),
    });
    expect(await call(client, 'get_trace', { traceId: 'f'.repeat(32) })).toMatchObject({ isError: true });
    expect((await call(client, 'search_traces', { limit: 101 })).isError).toBe(true);
    await client.close();
  });

  it('is closed to who has no key for reading', async () => {
    await expect(connect('ingest')).rejects.toThrow(/403|read/);
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect((await server.ask('POST', '/mcp', undefined, body)).status).toBe(401);
    expect((await server.ask('GET', '/mcp', keys.acme)).status).toBe(405);
  });
});
