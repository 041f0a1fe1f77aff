import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adapterOf, adapters } from './registry.ts';

describe('the registry of adapters', () => {
  it('has one line for each folder but the skeleton', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'skeleton')
      .map(({ name }) => name);
    const source = readFileSync(new URL('./registry.ts', import.meta.url), 'utf8');
    const imported = [...source.matchAll(/from '\.\/([\w-]+)\//g)].map(([, folder]) => folder);
    expect(imported.toSorted()).toEqual(folders.toSorted());
    expect(adapters).toHaveLength(folders.length);
  });

  it('knows nothing that is no client, and survives objects that fight back', () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('trap');
        },
      },
    );
    for (const value of [undefined, null, 1, 'x', {}, [], () => {}, hostile, Object.create(null)])
      expect(adapterOf(value)).toBeUndefined();
  });
});
