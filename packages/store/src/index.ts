export type * from './store.ts';
export { dimensions } from './store.ts';
export { addTotals, noTotals } from './sum-totals.ts';
export { lockDataDir } from './log/lock.ts';
export { openLog, type Log, type LogEntry, type LogMeta, type LogOptions, type LogRecord } from './log/log.ts';
export { comparePositions, logStart } from './log/position.ts';
export { openDuckdbStore, type DuckdbOptions, type DuckdbStore } from './duckdb/duckdb-store.ts';
