import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adapterOf, adapters } from './registry.ts';

describe('the registry of adapters', () => {
  it('has one line for each folder, and no other', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const named = adapters.map((adapter) => adapter.package.replace(/^@([^/]+?)(-ai)?\/.*$/, '$1'));
    expect(named.toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
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
