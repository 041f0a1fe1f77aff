/** The query API: every row of the route table, answered by its handler. */
import { isTallyError, limits, TallyError, toJson } from '@tallyspan/facts';
import type { Objects } from '@tallyspan/store';
import { Hono } from 'hono';
import type { IncomingMessage } from 'node:http';
import { type Route, routes } from '../api.ts';
import type { RouteScope } from '../api/route.ts';
import type { Access } from '../auth/access.ts';
import type { Authority } from '../auth/authority.ts';
import type { Alerts } from '../alerts/alerts.ts';
import type { Budgets } from '../budgets/budgets.ts';
import { mcpHandlers } from '../mcp/mcp-handlers.ts';
import type { Report } from '../report.ts';
import type { Tail } from '../tail.ts';
import type { Upkeep } from '../upkeep/upkeep.ts';
import { anomalyHandlers } from './anomaly-handlers.ts';
import { auditHandlers } from './audit-handlers.ts';
import { alertHandlers } from './alert-handlers.ts';
import { budgetHandlers } from './budget-handlers.ts';
import { dataHandlers } from './data-handlers.ts';
import { costHandlers } from './cost-handlers.ts';
import { exportHandlers } from './export-handlers.ts';
import { groupHandlers } from './group-handlers.ts';
import type { Asking, Handlers, RouteName } from './handlers.ts';
import { keyHandlers } from './key-handlers.ts';
import { openApiDocument } from './openapi.ts';
import { priceHandlers } from './price-handlers.ts';
import { parseParameters, problemResponse } from './problem.ts';
import { quotaHandlers } from './quota-handlers.ts';
import { reviewHandlers } from './review-handlers.ts';
import { skeletonHandlers } from './skeleton-handlers.ts';
import { spanHandlers } from './span-handlers.ts';
import type { QueryStore } from './tenant-store.ts';
import { traceHandlers } from './trace-handlers.ts';

export interface RoutesOptions {
  store: QueryStore;
  /** Keys, budgets, alerts and the like. */
  objects: Objects;
  tail: Tail;
  report: Report;
  authority: Authority;
  budgets: Budgets;
  alerts: Alerts;
  upkeep: Upkeep;
}

/** Answers everything under `/api/`, and `/openapi.json`. */
export function createRoutes(options: RoutesOptions): Hono<Environment> {
  const { store, tail, report, authority, budgets, alerts, upkeep } = options;
  const reading = {
    ...traceHandlers(store, tail),
    ...spanHandlers(store),
    ...costHandlers(store),
    ...groupHandlers(store),
    ...anomalyHandlers(store),
  };
  const handlers: Handlers = {
    ...reading,
    ...mcpHandlers(reading, report),
    ...skeletonHandlers(store),
    ...exportHandlers(store),
    ...keyHandlers(authority),
    ...auditHandlers(authority),
    ...quotaHandlers(authority),
    ...budgetHandlers(budgets),
    ...alertHandlers(alerts),
    ...dataHandlers(upkeep),
    ...priceHandlers(store, upkeep),
    ...reviewHandlers(store, upkeep.reviews),
  };
  const app = new Hono<Environment>();

  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const handle = handlers[name] as (asking: Asking) => unknown;
    app.on(route.method.toUpperCase(), honoPath(route.path), async ({ req, env }) => {
      const from = addressOf(env);
      const access = await admit(authority, req.raw, from, route.scope ?? 'read');
      const answered = async (): Promise<Response> => {
        const asking: Asking = {
          params: route.params && (parseParameters(route.params, req.param()) as never),
          query: route.query && (parseParameters(route.query, req.query()) as never),
          body: route.body && (parseParameters(route.body, await readJson(req.raw)) as never),
          access,
          from,
          request: req.raw,
        };
        return answer(route, await handle(asking));
      };
      return audited(authority, { name, route, path: req.path, access, from }, answered);
    });
  }

  const document = toJson(openApiDocument());
  for (const path of ['/openapi.json', '/api/v1/openapi.json']) {
    app.get(path, async ({ req, env }) => {
      await admit(authority, req.raw, addressOf(env), 'any');
      return new Response(document, { headers: { 'content-type': 'application/json' } });
    });
  }

  app.notFound(async ({ req, env }) => {
    // Who may not come in does not learn either what is not here.
    await admit(authority, req.raw, addressOf(env), 'any');
    const allow = allowedMethods(req.path);
    if (allow === undefined && (req.method === 'GET' || req.method === 'HEAD'))
      return problemResponse(
        new TallyError('NOT_FOUND', { thing: 'API path', id: req.path.slice(0, 200), list: '/api/v1/openapi.json' }),
        report,
      );
    const methods = allow ?? ['GET', 'HEAD'];
    const response = problemResponse(
      new TallyError('METHOD_NOT_ALLOWED', {
        method: req.method,
        allow: methods.filter((name) => name !== 'HEAD').join(', '),
      }),
      report,
    );
    response.headers.set('allow', methods.join(', '));
    return response;
  });
  app.onError((error) => problemResponse(error, report));
  return app;
}

/** Where a request came from, as the HTTP server tells it. */
export interface Environment {
  Bindings: { incoming?: IncomingMessage };
}

export function addressOf(env: Environment['Bindings'] | undefined): string {
  return env?.incoming?.socket.remoteAddress ?? '';
}

export function admit(authority: Authority, request: Request, from: string, scope: RouteScope): Promise<Access> {
  const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
  const path = new URL(request.url).pathname;
  return authority.admit({ header, method: request.method, path, from, browser: true }, scope);
}

interface Deed {
  name: string;
  route: Route;
  path: string;
  access: Access;
  from: string;
}

/** Changes by an admin and what leaves the house are written down, however they end; who could not sign in is counted. */
async function audited({ audit }: Authority, deed: Deed, answered: () => Promise<Response>): Promise<Response> {
  const { name, route, path, access, from } = deed;
  const { tenant, who } = access;
  const isNoted = route.scope === 'admin' ? route.method !== 'get' : /\/export\b/.test(route.path);
  const told = { who, ...(tenant !== undefined && { tenant }), action: name, target: path.slice(0, 200), from };
  try {
    const response = await answered();
    if (isNoted) await audit.tell({ ...told, outcome: 'ok' });
    return response;
  } catch (error) {
    const outcome = isTallyError(error) ? error.code : 'INTERNAL';
    if (isNoted) await audit.tell({ ...told, outcome });
    else if (route.scope === 'none') audit.refused({ ...told, outcome });
    throw error;
  }
}

function answer(route: Route, body: unknown): Response {
  if (body instanceof Response) return body;
  const status = route.status ?? 200;
  if (status === 204) return new Response(null, { status });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

/** Throws BAD_QUERY for what is no JSON, or too much of it. */
async function readJson(request: Request): Promise<Record<string, string>> {
  const bad = (reason: string) => new TallyError('BAD_QUERY', { field: 'the body', reason });
  if (request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    throw bad('send it as Content-Type: application/json');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > limits.apiBodyBytesMax) throw bad(`at most ${limits.apiBodyBytesMax} bytes are taken`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, string>;
  } catch {
    throw bad('it is no JSON');
  }
}

/** The methods that some row of the table takes at this path. */
function allowedMethods(path: string): string[] | undefined {
  const here = (Object.values(routes) as Route[]).filter((route) => matches(route.path, path));
  if (here.length === 0) return undefined;
  return here.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith('{') || part === given[index]);
}

/** `/traces/{traceId}` in OpenAPI is `/traces/:traceId` in Hono. */
function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
