/** What a coding agent asks, over the Model Context Protocol. */
import type { RouteTable } from './route.ts';

export const mcpRoutes = {
  askMcp: {
    method: 'post',
    path: '/mcp',
    summary:
      'Model Context Protocol (streamable HTTP, without sessions): tools to search traces, read one, sum costs, compare models and look at errors; nothing can be changed',
    produces: 'application/json',
  },
} as const satisfies RouteTable;
