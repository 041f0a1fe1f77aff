export type * from './api.ts';
export type { Readiness } from './health.ts';
export type { Report } from './report.ts';
export { type RunningServer, type ServerOptions, startServer } from './server.ts';
export { importOtelTraces, type ImportOptions } from './import-otel-traces.ts';
