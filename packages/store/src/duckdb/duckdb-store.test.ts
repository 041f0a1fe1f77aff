import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { openDuckdbStore, type DuckdbStore } from '../index.ts';
import { storeContract } from '../../test/contract.ts';
import { sumContract } from '../../test/sum-contract.ts';
import { upkeepContract } from '../../test/upkeep-contract.ts';
import { tempFolder } from '../../test/temp-folder.ts';

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 });

const open = async () => {
  const file = join(await tempFolder(), 'spans.duckdb');
  let store: DuckdbStore = await openDuckdbStore({ file });
  onTestFinished(() => store.close());
  return {
    store,
    async reopen() {
      await store.close();
      store = await openDuckdbStore({ file });
      return store;
    },
  };
};
storeContract('DuckDB', open);
upkeepContract('DuckDB', open);
sumContract('DuckDB', open, 6);
