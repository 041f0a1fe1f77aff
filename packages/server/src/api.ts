/**
 * The query API as data: every route with its parameters and its answer. The router, the OpenAPI document and the page's types
 * come from this table; a route that is not in it does not exist.
 *
 * Conventions: times are ISO 8601 in UTC with nanoseconds (`2026-11-21T12:00:00.123456789Z`); durations are milliseconds;
 * money is an exact decimal string of US dollars (`"0.002875"`); counts are integers; what is not known is null, never 0.
 */
import { alertRoutes } from './api/alerts.ts';
import { auditRoutes } from './api/audit.ts';
import { budgetRoutes } from './api/budgets.ts';
import { costRoutes } from './api/costs.ts';
import { dataRoutes } from './api/data.ts';
import { exportRoutes } from './api/export.ts';
import { guardReviewRoutes } from './api/guard-reviews.ts';
import { groupRoutes } from './api/groups.ts';
import { keyRoutes } from './api/keys.ts';
import { mcpRoutes } from './api/mcp.ts';
import { priceRoutes } from './api/prices.ts';
import { quotaRoutes } from './api/quotas.ts';
import { skeletonRoutes } from './api/skeleton.ts';
import { spanRoutes } from './api/spans.ts';
import { traceRoutes } from './api/traces.ts';

export * from './api/alerts.ts';
export * from './api/audit.ts';
export * from './api/budgets.ts';
export * from './api/costs.ts';
export * from './api/data.ts';
export * from './api/export.ts';
export * from './api/groups.ts';
export * from './api/guard-reviews.ts';
export * from './api/keys.ts';
export * from './api/mcp.ts';
export * from './api/prices.ts';
export * from './api/quotas.ts';
export type { Route, Scope } from './api/route.ts';
export * from './api/shapes.ts';
export * from './api/skeleton.ts';
export * from './api/spans.ts';
export * from './api/traces.ts';

/** The table. Each area has its rows in a file of its own under `api/`, and its handlers under `query/`. */
export const routes = {
  ...traceRoutes,
  ...skeletonRoutes,
  ...spanRoutes,
  ...guardReviewRoutes,
  ...costRoutes,
  ...groupRoutes,
  ...exportRoutes,
  ...mcpRoutes,
  ...keyRoutes,
  ...auditRoutes,
  ...quotaRoutes,
  ...budgetRoutes,
  ...alertRoutes,
  ...dataRoutes,
  ...priceRoutes,
} as const;
