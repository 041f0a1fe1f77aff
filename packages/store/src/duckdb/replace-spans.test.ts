import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { kinContract } from '../../test/kin-contract.ts';
import { tempFolder } from '../../test/temp-folder.ts';
import { openDuckdbStore } from './duckdb-store.ts';

kinContract('DuckDB', async (options) => {
  const store = await openDuckdbStore({ file: join(await tempFolder(), 'spans.duckdb'), ...options });
  onTestFinished(() => store.close());
  return store;
});
