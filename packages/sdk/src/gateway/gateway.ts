import { limits } from '@tallyspan/facts';
import { fields, list } from '../read.ts';
import { watch } from '../watch.ts';
import { score } from './score.ts';

/** A tool as an MCP server lists it. */
export interface ListedTool {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  /** Gateways say here where a tool comes from (`source`) and what it is about (`tags`). */
  _meta?: Readonly<Record<string, unknown>> | undefined;
}

/** What is asked of a client: that of either major of the MCP library can do it. */
export interface ToolClient<Tool extends ListedTool, Result> {
  listTools(params?: { cursor?: string }): Promise<{ tools: Tool[]; nextCursor?: string | undefined }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<Result>;
}

export interface ListOptions {
  /** Only tools with all of these. */
  tags?: readonly string[];
  /** Only tools from there. */
  source?: string;
  /** Ask again, instead of what was listed before. Default false. */
  refresh?: boolean;
}
export interface SearchOptions extends ListOptions {
  /** Default 10. */
  limit?: number;
  /** 0 to 1: how much of the query a tool's name and description must answer. Default 0.5. */
  minScore?: number;
}

/** A tool that a search found; best first. */
export type Found<Tool extends ListedTool> = Tool & { score: number };

export interface Gateway<Tool extends ListedTool, Result> {
  /** Every tool, asked for once. */
  listTools(options?: ListOptions): Promise<Tool[]>;
  getTool(name: string): Promise<Tool | undefined>;
  /** The tools that do what the query says, by the words of their names and descriptions. */
  searchTools(query: string, options?: SearchOptions): Promise<Found<Tool>[]>;
  callTool(name: string, args?: Record<string, unknown>): Promise<Result>;
}

/**
 * The tools behind an MCP client, which is watched from now on: each request is a span. Errors are those of the client.
 *
 * @example
 * const tools = gateway(client);
 * const [best] = await tools.searchTools('convert currency', { tags: ['finance'] });
 * if (best) await tools.callTool(best.name, { from: 'EUR', to: 'USD' });
 */
export function gateway<Tool extends ListedTool, Result>(client: ToolClient<Tool, Result>): Gateway<Tool, Result> {
  watch(client);
  let listed: Promise<Tool[]> | undefined;
  const all = (refresh = false): Promise<Tool[]> => {
    if (listed && !refresh) return listed;
    const asked = allPages(client);
    listed = asked;
    // A failure is not remembered.
    asked.catch(() => {
      if (listed === asked) listed = undefined;
    });
    return asked;
  };
  const listTools = async ({ tags = [], source, refresh }: ListOptions = {}) =>
    (await all(refresh)).filter(({ _meta }) => {
      const { tags: has, source: from } = fields(_meta);
      return tags.every((tag) => list(has).includes(tag)) && (source === undefined || from === source);
    });
  return {
    listTools,
    getTool: async (name) => (await all()).find((tool) => tool.name === name),
    async searchTools(query, { limit = 10, minScore = 0.5, ...only } = {}) {
      const found = (await listTools(only)).map((tool) => ({ ...tool, score: score(query, tool) }));
      return found
        .filter((tool) => tool.score >= minScore && tool.score > 0)
        .toSorted((one, other) => other.score - one.score || (one.name < other.name ? -1 : 1))
        .slice(0, limit);
    },
    callTool: (name, args = {}) => client.callTool({ name, arguments: args }),
  };
}

async function allPages<Tool extends ListedTool, Result>(client: ToolClient<Tool, Result>): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? undefined : { cursor });
    tools.push(...page.tools);
    // A page that says it comes after itself would be asked for for ever.
    cursor = page.nextCursor === cursor ? undefined : page.nextCursor;
  } while (cursor !== undefined && tools.length < limits.gatewayToolsMax);
  return tools.slice(0, limits.gatewayToolsMax);
}
