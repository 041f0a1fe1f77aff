import { join } from 'node:path';
import { vi } from 'vitest';
import { openDuckdbStore } from '../index.ts';
import { orderContract } from '../../test/order-contract.ts';
import { tempFolder } from '../../test/temp-folder.ts';

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 });

orderContract('DuckDB', async () => openDuckdbStore({ file: join(await tempFolder(), 'spans.duckdb') }), 15);
