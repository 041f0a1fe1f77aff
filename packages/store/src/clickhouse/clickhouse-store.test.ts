import { vi } from 'vitest';
import { kinContract } from '../../test/kin-contract.ts';
import { storeContract } from '../../test/contract.ts';
import { clickhouseForTests, openForTest } from '../../test/clickhouse.ts';

// A machine of two cores has other things to do as well.
vi.setConfig({ testTimeout: 60_000 });

const { newUrl } = clickhouseForTests();

storeContract('ClickHouse', async () => {
  const url = newUrl();
  return {
    store: await openForTest({ url }),
    reopen: () => openForTest({ url }),
  };
});

kinContract('ClickHouse', (options) => openForTest({ url: newUrl(), ...options }));
