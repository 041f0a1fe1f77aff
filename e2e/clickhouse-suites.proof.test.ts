/** The suites that a user meets first, on ClickHouse as on DuckDB. */
import { onClickhouse } from './on-clickhouse.ts';

onClickhouse({
  'first light': () => import('./first-light.test.ts'),
  'round trip': () => import('./round-trip.test.ts'),
  'task traces': () => import('./task-trace.test.ts'),
  budgets: () => import('./budgets.test.ts'),
  'two processes': () => import('./two-processes.test.ts'),
  'twelve operations': () => import('./twelve-operations.test.ts'),
  'caches, credentials and vaults': () => import('./cache-credentials-vault.test.ts'),
});
