/**
 * The query API as data: every route with its parameters and its answer. The router, the OpenAPI document and the page's types
 * come from this table; a route that is not in it does not exist.
 *
 * Conventions: times are ISO 8601 in UTC with nanoseconds (`2026-11-21T12:00:00.123456789Z`); durations are milliseconds;
 * money is an exact decimal string of US dollars (`"0.002875"`); counts are integers; what is not known is null, never 0.
 */
import { costRoutes } from './api/costs.ts';
import { traceRoutes } from './api/traces.ts';

export * from './api/costs.ts';
export type { Route, Scope } from './api/route.ts';
export * from './api/shapes.ts';
export * from './api/traces.ts';

/** The table. Each area has its rows in a file of its own under `api/`, and its handlers under `query/`. */
export const routes = { ...traceRoutes, ...costRoutes } as const;
