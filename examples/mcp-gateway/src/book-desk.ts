/** An MCP server whose tool is an agent of its own. Speaks over its standard input and output; started by `main.ts`. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { agent, init, watch } from '@tallyspan/sdk';
import { z } from 'zod';

init({ serviceName: 'book-desk' });

const recommend = agent({ name: 'book-desk' }, async (topic: string) =>
  /whale/.test(topic) ? 'Moby-Dick' : 'The dictionary',
);

const server = watch(new McpServer({ name: 'book-desk', version: '1.0.0' }));
server.registerTool(
  'recommend_book',
  { description: 'Recommends one book about a topic', inputSchema: { topic: z.string() } },
  async ({ topic }) => ({ content: [{ type: 'text', text: await recommend(topic) }] }),
);
server.registerTool('opening_hours', { description: 'Says when the desk is open' }, async () => ({
  content: [{ type: 'text', text: 'Always.' }],
}));
await server.connect(new StdioServerTransport());
