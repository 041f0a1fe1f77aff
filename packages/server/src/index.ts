export type * from './api.ts';
export { newKey } from './auth/api-key.ts';
export type { AuthOptions, SvidOptions } from './auth/authority.ts';
export type { Readiness } from './health.ts';
export type { Report } from './report.ts';
export { type RunningServer, type ServerOptions, startServer } from './server.ts';
export { restoreBackup } from './upkeep/restore.ts';
export type { Manifest } from './upkeep/backup.ts';
export { importOtelTraces, type ImportOptions } from './import-otel-traces.ts';
export {
  migrateToClickhouse,
  type MigrateOptions,
  type Migration,
  type MigrationPlan,
  planMigration,
} from './upkeep/migrate.ts';
