import { join } from 'node:path';
import { vi } from 'vitest';
import { openDuckdbStore } from '../index.ts';
import { orderContract } from '../../test/order-contract.ts';
import { tempFolder } from '../../test/temp-folder.ts';

const RUNS = Number(process.env['ORDER_RUNS'] ?? 8);

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 + RUNS * 2_000 });

orderContract('DuckDB', async () => openDuckdbStore({ file: join(await tempFolder(), 'spans.duckdb') }), RUNS);
