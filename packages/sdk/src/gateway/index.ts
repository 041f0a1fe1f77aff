/** `@tallyspan/sdk/gateway`: the tools behind an MCP server or gateway, found by what they do. */
export {
  type Found,
  gateway,
  type Gateway,
  type ListedTool,
  type ListOptions,
  type SearchOptions,
  type ToolClient,
} from './gateway.ts';
