import { vi } from 'vitest';
import { openClickhouseStore } from '../index.ts';
import { clickhouseForTests } from '../../test/clickhouse.ts';
import { orderContract } from '../../test/order-contract.ts';

vi.setConfig({ testTimeout: 60_000 });

const { newUrl } = clickhouseForTests();

orderContract('ClickHouse', () => openClickhouseStore({ url: newUrl() }), 8);
