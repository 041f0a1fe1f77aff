import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { watch } from '@tallyspan/sdk';
import { join } from 'node:path';

/** The book desk of the example beside this one: an MCP server, in a process of its own. */
export async function connectDesk() {
  const client = watch(new Client({ name: 'travel-office', version: '1.0.0' }));
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = process.env;
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(import.meta.dirname, '../../mcp-gateway/src/book-desk.ts')],
      // The library hands only a few variables on; where spans go is not among them.
      env: { ...getDefaultEnvironment(), ...(endpoint && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }) },
    }),
  );
  return {
    async recommend(topic: string): Promise<string> {
      const { content } = await client.callTool({ name: 'recommend_book', arguments: { topic } });
      return (content as { text: string }[])[0]!.text;
    },
    close: () => client.close(),
  };
}
