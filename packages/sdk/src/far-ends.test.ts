/** Libraries that talk to others, with others that are not there, never answer, talk rubbish or hang up: bare and watched are the same. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { card, message } from '../test/a2a.ts';
import { program } from '../test/program.ts';

const rubbish = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a":[}}}';
/** What a far end does with a connection. Nobody listens at `closed`. */
const behaviours: Record<string, (socket: Socket) => void> = {
  hangs: () => {},
  rubbish: (socket) => void socket.once('data', () => socket.end(rubbish)),
  resets: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
};
const servers: Server[] = [];
const addresses: Record<string, string> = { closed: '127.0.0.1:9' };
beforeAll(async () => {
  for (const [name, behave] of Object.entries(behaviours)) {
    const server = createServer((socket) => behave(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    addresses[name] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    servers.push(server);
  }
});
afterAll(() => {
  for (const server of servers) server.close();
});

/** Each library with a time of its own, short where the far end hangs, so that no other error is a matter of time. Prints how each try ended. */
const tries = `
  const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const { ClientFactory } = require('@a2a-js/sdk/client');
  const { Redis } = require('ioredis');
  const redis = require('redis');
  const [cards, message] = [JSON.parse(env.CARDS), JSON.parse(env.MESSAGE)];
  const timeOf = (name) => (name === 'hangs' ? 500 : 30_000);
  const connectTimeout = 30_000;
  const kinds = {
    async mcp(at, timeout) {
      const client = watch(new Client({ name: 'tester', version: '1' }));
      await client.connect(new StreamableHTTPClientTransport(new URL('http://' + at + '/mcp')), { timeout });
    },
    async a2a(at, timeout, name) {
      const client = watch(await new ClientFactory().createFromAgentCard(cards[name]));
      return client.sendMessage(message, { signal: AbortSignal.timeout(timeout) });
    },
    async ioredis(at, commandTimeout) {
      const [host, port] = at.split(':');
      const client = watch(new Redis({ host, port, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, connectTimeout, commandTimeout }));
      client.on('error', () => {});
      try { await client.get('key'); } finally { client.disconnect(); }
    },
    async redis(at, socketTimeout) {
      const client = watch(redis.createClient({ url: 'redis://' + at, socket: { reconnectStrategy: false, connectTimeout, socketTimeout } }));
      client.on('error', () => {});
      await client.connect();
      try { await client.get('key'); } finally { client.destroy(); }
    },
  };
  const ends = [];
  for (const [kind, attempt] of Object.entries(kinds)) for (const [name, at] of Object.entries(JSON.parse(env.FAR)))
    ends.push(attempt(at, timeOf(name), name).then(() => 'done', (error) => error.constructor.name + ': ' + error.message).then((end) => kind + ' ' + name + ': ' + end));
  console.log((await Promise.all(ends)).join('\\n'));
  process.exitCode = 5;
`;
const watching = `
  const { observeCache } = await import(${JSON.stringify(new URL('./cache/index.ts', import.meta.url).href)});
  sdk.init({ endpoint: 'http://127.0.0.1:9' });
  const watch = (client) => ('sendCommand' in client ? observeCache(client) : sdk.watch(client));
`;

it(
  'clients of MCP, Agent2Agent and Redis end as they would without us, and so does the program',
  { timeout: 60_000 },
  async () => {
    const cards = Object.entries(addresses).map(([name, address]) => [name, card(`http://${address}/`)]);
    const env = {
      FAR: JSON.stringify(addresses),
      CARDS: JSON.stringify(Object.fromEntries(cards)),
      MESSAGE: JSON.stringify(message('Go.', 'm-1')),
    };
    const [bare, watched] = await Promise.all([
      program(`const watch = (client) => client; ${tries}`, env),
      program(watching + tries, env),
    ]);
    expect(watched).toEqual(bare);
    expect(bare).toMatchObject({ code: 5, signal: null, stderr: '' });
    const lines = bare.stdout.trim().split('\n');
    expect(lines).toHaveLength(4 * 4);
    expect(lines.filter((line) => line.endsWith(': done'))).toEqual([]);
  },
);
