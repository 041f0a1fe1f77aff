/** Random tests of a commit once more, at lengths that no commit waits for; a variable makes one longer still, or shorter. */
import { describe } from 'vitest';

const lengths = { LOG_MODEL_RUNS: '3000', ORDER_RUNS: '200', FILTER_RUNS: '5000' };
for (const [name, length] of Object.entries(lengths)) process.env[name] ??= length;

describe('the ingest log', async () => void (await import('./log/model.test.ts')));
describe('order', async () => void (await import('./duckdb/order.test.ts')));
describe('DuckDB', async () => void (await import('./duckdb/duckdb-store.test.ts')));
