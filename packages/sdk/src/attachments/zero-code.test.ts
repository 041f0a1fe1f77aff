/** Both ends of MCP and A2A in programs that know nothing of us. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sink, startSink } from '../../test/otlp-sink.ts';

const root = resolve(import.meta.dirname, '../../../..');
const register = pathToFileURL(resolve(import.meta.dirname, '../register.ts')).href;

let folder: string;
let sink: Sink;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-parties-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  sink = await startSink();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await sink.close();
});

const talk = `
const client = new Client({ name: 'c', version: '1' });
const server = new McpServer({ name: 's', version: '1' });
server.registerTool('hello', {}, () => ({ content: [{ type: 'text', text: 'hi' }] }));
const [near, far] = InMemoryTransport.createLinkedPair();
const main = async () => {
  await server.connect(far);
  await client.connect(near);
  console.log((await client.callTool({ name: 'hello', arguments: {} })).content[0].text);
  await client.close();
};
void main();`;

const task = `
const at = (state) => ({ state, message: undefined, timestamp: undefined });
const executor = {
  async execute({ taskId, contextId, userMessage }, bus) {
    bus.publish(AgentEvent.task({ id: taskId, contextId, status: at(3), artifacts: [], history: [], metadata: {} }));
  },
  async cancelTask() {},
};
const card = { name: 'planner', version: '1', capabilities: {}, supportedInterfaces: [] };
const handler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
const transport = {
  protocolName: 'MEMORY',
  protocolVersion: '1.0',
  sendMessage: (params) => handler.sendMessage(params, new ServerCallContext({ requestedVersion: '1.0' })),
};
const message = { messageId: 'm', contextId: '', taskId: '', role: 1, parts: [], metadata: {}, extensions: [], referenceTaskIds: [] };
console.log((await new Client(transport, card).sendMessage({ message })).status.state);`;

const sdk = '@modelcontextprotocol/sdk';
const one = `import { Client } from '${sdk}/client/index.js';
import { McpServer } from '${sdk}/server/mcp.js';
import { InMemoryTransport } from '${sdk}/inMemory.js';`;
const two = `import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';`;
const a2a = `import { Client } from '@a2a-js/sdk/client';
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore, ServerCallContext } from '@a2a-js/sdk/server';`;

/** Runs a program of several files; answers what it printed and the names of its spans, those below another one indented. */
async function run(files: Record<string, string>): Promise<{ printed: string; names: string[] }> {
  const from = sink.spans.length;
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source);
  const env = { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, NODE_NO_WARNINGS: '1' };
  const main = join(folder, Object.keys(files)[0]!);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', register, main], { env });
  expect(stderr).toBe('');
  const spans = sink.spans.slice(from);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const names = spans.map(({ name, parentSpanId }) => (ids.has(parentSpanId) ? `  ${name}` : name));
  return { printed: stdout, names: names.toSorted() };
}

const talked = ['  initialize', '  tools/call hello', 'initialize', 'tools/call hello'];

it('as modules: both ends of both majors of MCP and of A2A are recorded, one below the other', async () => {
  const { printed, names } = await run({
    'main.mjs': `for (const file of ['one', 'two', 'a2a']) await import('./' + file + '.mjs');`,
    'one.mjs': one + talk,
    'two.mjs': two + talk,
    'a2a.mjs': a2a + task,
  });
  expect(printed.split('\n').toSorted()).toEqual(['', '3', 'hi', 'hi']);
  expect(names).toEqual([...talked, ...talked, '  a2a_execute planner', 'a2a_send planner'].toSorted());
});

it('as CommonJS, which is another copy of the library', async () => {
  const required = one.replace(/import (.*) from ('.*');/g, 'const $1 = require($2);');
  expect(await run({ 'one.cjs': required + talk })).toEqual({ printed: 'hi\n', names: talked });
});
