import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { harness } from '../../test/harness.ts';
import { majors } from '../../test/mcp.ts';
import { gateway, type ListedTool, type ToolClient } from './index.ts';

const h = harness();

const shelf: ListedTool[] = [
  { name: 'convertCurrency', description: 'Converts an amount of money', _meta: { tags: ['finance'], source: 'bank' } },
  {
    name: 'stock_price',
    description: 'Says what a share costs now',
    _meta: { tags: ['finance', 'live'], source: 'bank' },
  },
  { name: 'send_mail', title: 'Mail', description: 'Sends a letter', _meta: { tags: ['office'], source: 'post' } },
];

/** A client whose tools come one to a page. */
function clientOf(tools: readonly ListedTool[]) {
  const asked: unknown[] = [];
  const client: ToolClient<ListedTool, unknown> = {
    async listTools(params) {
      asked.push(params?.cursor);
      const at = Number(params?.cursor ?? 0);
      return { tools: tools.slice(at, at + 1), ...(at + 1 < tools.length && { nextCursor: String(at + 1) }) };
    },
    callTool: async (params) => params,
  };
  return { client, asked };
}

describe('the tools of a gateway', () => {
  it('EXT-07 are listed from all pages, once, and by tag and source', async () => {
    const { client, asked } = clientOf(shelf);
    const { listTools, getTool } = gateway(client);
    const names = async (options = {}) => (await listTools(options)).map(({ name }) => name);
    expect(await names()).toEqual(['convertCurrency', 'stock_price', 'send_mail']);
    expect(await names({ tags: ['finance', 'live'] })).toEqual(['stock_price']);
    expect(await names({ source: 'post' })).toEqual(['send_mail']);
    expect((await getTool('send_mail'))?.title).toBe('Mail');
    expect(await getTool('none')).toBeUndefined();
    expect(asked).toEqual([undefined, '1', '2']);
    await listTools({ refresh: true });
    expect(asked).toHaveLength(6);
  });

  it('EXT-07 are found by what they do, best first, and not when too little fits', async () => {
    const { searchTools } = gateway(clientOf(shelf).client);
    const found = async (query: string, options = {}) =>
      (await searchTools(query, options)).map(({ name, score }) => [name, score]);
    expect(await found('convert some currency')).toEqual([['convertCurrency', 1]]);
    expect(await found('the price of a share')).toEqual([['stock_price', 0.9]]);
    expect(await found('mailing letters')).toEqual([['send_mail', 0.6]]);
    expect(await found('paint the fence')).toEqual([]);
    expect(await found('share money', { minScore: 0.4, limit: 1 })).toEqual([['convertCurrency', 0.4]]);
    expect(await found('of the')).toEqual([]);
  });

  it('a list that never ends is read up to the limit, and one that failed is asked for again', async () => {
    let fails = true;
    const tools = gateway<ListedTool, unknown>({
      async listTools({ cursor = '0' } = {}) {
        if (fails) throw new Error('down');
        const page = Array.from({ length: limits.gatewayToolsMax / 2 }, (_, at) => ({ name: `t${cursor}-${at}` }));
        return { tools: page, nextCursor: String(Number(cursor) + 1) };
      },
      callTool: async () => ({}),
    });
    await expect(tools.listTools()).rejects.toThrow('down');
    fails = false;
    expect(await tools.listTools()).toHaveLength(limits.gatewayToolsMax);
  });

  it.each(majors)('%s: each request is a span', async (_, make) => {
    const pair = make();
    await pair.connect();
    const tools = gateway(pair.client as unknown as ToolClient<ListedTool, { content: unknown }>);
    const [best] = await tools.searchTools('add');
    expect((await tools.callTool(best!.name, { a: 2, b: 3 })).content).toEqual([{ type: 'text', text: 'sum 5' }]);
    await pair.close();
    expect((await h.spans()).map(({ name }) => name)).toEqual(['tools/list', 'tools/call add']);
  });
});
