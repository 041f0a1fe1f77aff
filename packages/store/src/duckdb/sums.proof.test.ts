import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { sumContract } from '../../test/sum-contract.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { openDuckdbStore } from './duckdb-store.ts';

vi.setConfig({ testTimeout: 300_000 });

sumContract(
  'DuckDB, at length',
  async () => {
    const store = await openDuckdbStore({ file: join(await tempFolder(), 'spans.duckdb') });
    onTestFinished(() => store.close());
    return { store, reopen: () => Promise.reject(new Error('not asked for')) };
  },
  200,
);
