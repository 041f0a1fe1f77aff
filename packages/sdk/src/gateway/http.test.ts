/** The same over HTTP: a session with the first major, one exchange for each request with the second. */
import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer as Server1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer as Server2 } from '@modelcontextprotocol/server';
import { SpanKind } from '@opentelemetry/api';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { harness } from '../../test/harness.ts';
import { agent, watch } from '../index.ts';

const h = harness();

const add = ({ a, b }: { a: number; b: number }) => ({ content: [{ type: 'text' as const, text: String(a + b) }] });
const sum = { name: 'add', arguments: { a: 1, b: 2 } };
const numbers = z.object({ a: z.number(), b: z.number() });

/** The two spans of the call, client first: each with the agent, the server's below the client's. */
async function endsOfCall() {
  const spans = await h.spans();
  const [asked, served] = [SpanKind.CLIENT, SpanKind.SERVER].map((kind) =>
    spans.find((span) => span.kind === kind + 1 && span.name === 'tools/call add')!,
  );
  expect(served!.parentSpanId).toBe(asked!.spanId);
  expect([asked, served].map((span) => span!.attributes['gen_ai.agent.name'])).toEqual(['analyst', 'analyst']);
  return [asked!.attributes, served!.attributes] as const;
}

it('with the first major both ends know the session, the version and the way', async () => {
  const server = watch(new Server1({ name: 'desk', version: '1' }));
  server.registerTool('add', { inputSchema: numbers.shape }, add);
  const far = new StreamableHTTPServerTransport({ sessionIdGenerator: () => 'session-1' });
  await server.connect(far as Parameters<typeof server.connect>[0]);
  const http = createServer((request, response) => void far.handleRequest(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const client = watch(new Client1({ name: 'tester', version: '1' }));
  const near = new Http1(new URL(`http://127.0.0.1:${port}/mcp`));
  await client.connect(near as Parameters<typeof client.connect>[0]);
  const { content } = await agent({ name: 'analyst' }, () => client.callTool(sum))();
  expect(content).toEqual([{ type: 'text', text: '3' }]);
  await client.close();
  await server.close();
  http.closeAllConnections();
  http.close();
  const [asked, served] = await endsOfCall();
  const known = {
    'mcp.session.id': 'session-1',
    'mcp.protocol.version': expect.stringMatching(/^2025-/),
    'network.transport': 'tcp',
  };
  expect(asked).toMatchObject({ ...known, 'server.address': '127.0.0.1', 'server.port': port });
  expect(served).toMatchObject(known);
});

it('with the second major a server is made for each request, and watched like any other', async () => {
  const handler = createMcpHandler(() => {
    const server = watch(new Server2({ name: 'desk', version: '1' }));
    server.registerTool('add', { inputSchema: numbers }, add);
    return server;
  });
  const client = watch(new Client2({ name: 'tester', version: '1' }, { versionNegotiation: { mode: 'auto' } }));
  const fetch = (url: string | URL, init?: RequestInit) => handler.fetch(new Request(url, init));
  await client.connect(new Http2(new URL('http://desk.test/mcp'), { fetch }));
  const { content } = await agent({ name: 'analyst' }, () => client.callTool(sum))();
  expect(content).toEqual([{ type: 'text', text: '3' }]);
  await client.close();
  await handler.close();
  const [asked, served] = await endsOfCall();
  const known = { 'mcp.protocol.version': '2026-07-28', 'network.transport': 'tcp' };
  expect(asked).toMatchObject({ ...known, 'server.address': 'desk.test', 'server.port': 80 });
  expect(served).toMatchObject(known);
});
