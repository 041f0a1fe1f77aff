import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attachmentOf, attachments } from './registry.ts';

const folders: Record<string, string> = {
  ai: 'ai',
  '@langchain/core': 'langchain',
  llamaindex: 'llamaindex',
  '@openai/agents': 'openai-agents',
  'playwright-core': 'playwright',
  '@a2a-js/sdk': 'a2a',
  '@modelcontextprotocol/client': 'mcp',
  '@modelcontextprotocol/sdk': 'mcp',
  '@modelcontextprotocol/server': 'mcp',
};

it('the registry of attachments has every folder, and no other', () => {
  const here = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const registered = new Set(attachments.map((each) => folders[each.package]));
  expect([...registered].toSorted()).toEqual(here.map(({ name }) => name).toSorted());
});

it('an attachment knows nothing that is no framework, and survives objects that fight back', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('trap');
      },
    },
  );
  const strange = [undefined, null, 1, 'x', {}, [], () => {}, class {}, hostile, Object.create(null), Promise, Map];
  for (const value of strange) expect(attachmentOf(value)).toBeUndefined();
});
