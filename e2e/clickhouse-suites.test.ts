/** One suite on ClickHouse as on DuckDB, at every commit; the others are in clickhouse-suites.proof.test.ts. */
import { onClickhouse } from './on-clickhouse.ts';

onClickhouse({ 'task traces': () => import('./task-trace.test.ts') });
