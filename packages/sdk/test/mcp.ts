/** One MCP server with a bit of everything, and a client for it, in both majors of the library. */
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as InMemory1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { completable as completable1 } from '@modelcontextprotocol/sdk/server/completable.js';
import { McpServer as Server1, ResourceTemplate as Template1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Client as Client2, InMemoryTransport as InMemory2 } from '@modelcontextprotocol/client';
import {
  completable as completable2,
  McpServer as Server2,
  ResourceTemplate as Template2,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** What a tool was called with, beside its arguments. */
interface Extra {
  _meta?: Record<string, unknown>;
  mcpReq?: { _meta?: Record<string, unknown> };
}

type Options = Record<string, unknown>;
type Asked = Promise<Record<string, unknown>>;

/** The part of both majors' clients that is the same. */
export interface McpClient {
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
  ping(options?: Options): Asked;
  listTools(): Asked;
  listPrompts(): Asked;
  listResources(): Asked;
  getPrompt(params: object): Asked;
  readResource(params: object): Asked;
  complete(params: object): Asked;
  setLoggingLevel(level: string): Asked;
  /** The first major has a schema in between. */
  callTool(params: object, options?: Options): Asked;
}
export interface McpPair {
  client: McpClient;
  server: { server: object; close(): Promise<void> };
  /** The two ends of the connection. */
  transports: [object, object];
  /** `_meta` of each call of a tool, as the tool saw it. */
  metas: unknown[];
  /** Connects both, unless one is told to be bare already. */
  connect(): Promise<void>;
  close(): Promise<void>;
}

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });
const numbers = { a: z.number(), b: z.number() };

export function pair1(): McpPair {
  const metas: unknown[] = [];
  const server = new Server1({ name: 'desk', version: '1.0.0' }, { capabilities: { logging: {} } });
  server.registerTool('add', { inputSchema: numbers }, ({ a, b }, extra) => {
    metas.push((extra as Extra)._meta);
    return text(`sum ${a + b}`);
  });
  server.registerTool('fail', {}, () => ({ ...text('no luck'), isError: true }));
  server.registerTool('slow', {}, async ({ sendNotification, _meta, signal }) => {
    const progressToken = _meta?.progressToken;
    if (progressToken !== undefined)
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return text('late');
  });
  server.registerTool('ask', {}, async () => {
    const said = await server.server.createMessage({ messages: [], maxTokens: 10 });
    return text(JSON.stringify(said.content));
  });
  const style = completable1(z.string(), () => ['brief', 'long']);
  server.registerPrompt('greet', { argsSchema: { style } }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Hi.' } }],
  }));
  server.registerResource('note', 'note://one', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'A note.' }] }));
  server.registerResource('row', new Template1('row://{id}', { list: undefined }), {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'A row.' }],
  }));
  const client = new Client1({ name: 'tester', version: '1.0.0' }, { capabilities: { sampling: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }));
  const callTool = client.callTool.bind(client);
  const made = pairOf(client, server, InMemory1.createLinkedPair(), metas);
  Object.assign(client, { callTool: (params: never, options: never) => callTool(params, undefined, options) });
  return made;
}

export function pair2(): McpPair {
  const metas: unknown[] = [];
  const server = new Server2({ name: 'desk', version: '1.0.0' }, { capabilities: { logging: {} } });
  server.registerTool('add', { inputSchema: z.object(numbers) }, ({ a, b }, context) => {
    metas.push((context as Extra).mcpReq?._meta);
    return text(`sum ${a + b}`);
  });
  server.registerTool('fail', {}, () => ({ ...text('no luck'), isError: true }));
  server.registerTool('slow', {}, async ({ mcpReq: { notify, _meta, signal } }) => {
    const progressToken = _meta?.progressToken;
    if (progressToken !== undefined)
      await notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return text('late');
  });
  server.registerTool('ask', {}, async () => {
    const said = await server.server.createMessage({ messages: [], maxTokens: 10 });
    return text(JSON.stringify(said.content));
  });
  const style = completable2(z.string(), () => ['brief', 'long']);
  server.registerPrompt('greet', { argsSchema: z.object({ style }) }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Hi.' } }],
  }));
  server.registerResource('note', 'note://one', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'A note.' }] }));
  server.registerResource('row', new Template2('row://{id}', { list: undefined }), {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'A row.' }],
  }));
  const client = new Client2({ name: 'tester', version: '1.0.0' }, { capabilities: { sampling: {} } });
  client.setRequestHandler('sampling/createMessage', () => ({
    model: 'm',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'sampled' },
  }));
  return pairOf(client, server, InMemory2.createLinkedPair(), metas);
}

function pairOf(client: object, server: object, transports: [object, object], metas: unknown[]): McpPair {
  const [near, far] = transports;
  const made = { client: client as McpClient, server: server as McpPair['server'] & Pick<McpClient, 'connect'> };
  return {
    ...made,
    transports,
    metas,
    async connect() {
      await made.server.connect(far);
      await made.client.connect(near);
    },
    async close() {
      await made.client.close();
      await made.server.close();
    },
  };
}

export const majors: [string, () => McpPair][] = [
  ['@modelcontextprotocol/sdk 1', pair1],
  ['@modelcontextprotocol/client and /server 2', pair2],
];
