import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attachmentOf, attachments } from './registry.ts';

const folders: Record<string, string> = {
  ai: 'ai',
  '@langchain/core': 'langchain',
  llamaindex: 'llamaindex',
  '@openai/agents': 'openai-agents',
};

it('the registry of attachments has one line for each folder, and no other', () => {
  const here = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(attachments.map((each) => folders[each.package]).toSorted()).toEqual(here.map(({ name }) => name).toSorted());
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
