/** The query API: every row of the route table, answered by its handler. */
import { limits, TallyError, toJson } from '@tallyspan/facts';
import type { Objects } from '@tallyspan/store';
import { Hono } from 'hono';
import { type Route, routes, type Scope } from '../api.ts';
import { type Access, openAccess } from '../auth/access.ts';
import type { Report } from '../report.ts';
import type { Tail } from '../tail.ts';
import { costHandlers } from './cost-handlers.ts';
import type { Asking, Handlers, RouteName } from './handlers.ts';
import { openApiDocument } from './openapi.ts';
import { parseParameters, problemResponse } from './problem.ts';
import type { QueryStore } from './tenant-store.ts';
import { traceHandlers } from './trace-handlers.ts';

export interface RoutesOptions {
  store: QueryStore;
  /** Keys, budgets, alerts and the like. */
  objects: Objects;
  tail: Tail;
  report: Report;
  /** Lets somebody in who may do this, or throws. Default: everybody may do everything, as on a loopback address without keys. */
  authorise?: (request: Request, scope: Scope) => Promise<Access> | Access;
}

/** Answers everything under `/api/`, and `/openapi.json`. */
export function createRoutes(options: RoutesOptions): Hono {
  const { store, tail, report, authorise = () => openAccess } = options;
  const handlers: Handlers = { ...traceHandlers(store, tail), ...costHandlers(store) };
  const app = new Hono();

  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const handle = handlers[name] as (asking: Asking) => unknown;
    app.on(route.method.toUpperCase(), honoPath(route.path), async ({ req }) => {
      const access = await authorise(req.raw, route.scope ?? 'read');
      const asking: Asking = {
        params: route.params && (parseParameters(route.params, req.param()) as never),
        query: route.query && (parseParameters(route.query, req.query()) as never),
        body: route.body && (parseParameters(route.body, await readJson(req.raw)) as never),
        access,
        request: req.raw,
      };
      return answer(route, await handle(asking));
    });
  }

  const document = toJson(openApiDocument());
  for (const path of ['/openapi.json', '/api/v1/openapi.json']) {
    app.get(path, () => new Response(document, { headers: { 'content-type': 'application/json' } }));
  }

  app.notFound(({ req }) => {
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
