import { vi } from 'vitest';
import { kinContract } from '../../test/kin-contract.ts';
import { storeContract } from '../../test/contract.ts';
import { sumContract } from '../../test/sum-contract.ts';
import { upkeepContract } from '../../test/upkeep-contract.ts';
import { clickhouseForTests, openForTest } from '../../test/clickhouse.ts';

// A machine of two cores has other things to do as well.
vi.setConfig({ testTimeout: 60_000 });

const { newUrl } = clickhouseForTests();

const open = async () => {
  const url = newUrl();
  return {
    store: await openForTest({ url }),
    reopen: () => openForTest({ url }),
  };
};
storeContract('ClickHouse', open);
upkeepContract('ClickHouse', open);
sumContract('ClickHouse', open, 3);

kinContract('ClickHouse', (options) => openForTest({ url: newUrl(), ...options }));
