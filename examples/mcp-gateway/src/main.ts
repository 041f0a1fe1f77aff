/** An agent that uses the tools of an MCP server in another process: one trace shows both. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { agent, init, watch } from '@tallyspan/sdk';
import { gateway } from '@tallyspan/sdk/gateway';
import { join } from 'node:path';

init({ serviceName: 'library' });

const client = watch(new Client({ name: 'library', version: '1.0.0' }));
const librarian = agent({ name: 'librarian', tenant: 'acme-corp' }, async (wish: string) => {
  const [found] = await gateway(client).searchTools(wish);
  if (!found) return 'no tool for that';
  const { content } = await client.callTool({ name: found.name, arguments: { topic: wish } });
  return JSON.stringify(content);
});

await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [join(import.meta.dirname, 'book-desk.ts')],
    // The library hands only a few variables on; where spans go is not among them.
    env: { ...getDefaultEnvironment(), ...telemetry(), TALLYSPAN_TENANT: 'book-desk-inc' },
  }),
);
console.log(await librarian('recommend a book about whales'));
await client.close();

function telemetry(): Record<string, string> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = process.env;
  return endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
}
