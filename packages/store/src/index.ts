export type * from './store.ts';
export type { Kin, KinOf, Replacement } from './kin.ts';
export {
  byTenant,
  type DayOfSpans,
  type Deletion,
  nanosPerDay,
  type Purge,
  type StoreUpkeep,
} from './upkeep/upkeep.ts';
export type { Outline, OutlinePattern } from './outline.ts';
export { bucketOf, type Dimension, dimensions, isDimension, type TimeBucket, timeBuckets } from './dimensions.ts';
export { traceOnlyField } from './filter-sql.ts';
export { fileErrorCode } from './file-reason.ts';
export { Gate } from './gate.ts';
export { defaultTenant, serviceOf, tenantOf } from './span-columns.ts';
export { addTotals, noTotals } from './sum-totals.ts';
export { lockDataDir } from './log/lock.ts';
export { openLog, type Log, type LogEntry, type LogMeta, type LogOptions, type LogRecord } from './log/log.ts';
export { comparePositions, logStart } from './log/position.ts';
export { openDuckdbStore, type DuckdbOptions, type DuckdbStore } from './duckdb/duckdb-store.ts';
export { openClickhouseStore, type ClickhouseOptions } from './clickhouse/clickhouse-store.ts';
export { readOtelTraces, type OtelTracesOptions, type OtelTracesRow } from './clickhouse/otel-traces.ts';
export type { Objects, StoredObject } from './objects/objects.ts';
export { openFileObjects } from './objects/file-objects.ts';
export { openClickhouseObjects } from './objects/clickhouse-objects.ts';
export { type CopiedKind, copyObjects, readObjects } from './objects/copy-objects.ts';
export type { TenantSums } from './migrate/sums.ts';
export type { TargetAddress } from './migrate/clickhouse-target.ts';
export {
  lookAtMigration,
  type MigratedTenant,
  type MigrateSpansOptions,
  migrateSpans,
  type MigrationOutlook,
  type SpanMigration,
} from './migrate/migrate-spans.ts';
