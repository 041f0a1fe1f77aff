/** What answers a request that is not OTLP: health, the query API, and the page for everything else. */
import { TallyError } from '@tallyspan/facts';
import { Hono } from 'hono';
import { isAllowedHost } from './allowed-host.ts';
import type { Health } from './health.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';
import { pageHeaders, servePage } from './page.ts';
import { problemResponse } from './query/problem.ts';
import { addressOf, admit, createRoutes, type Environment, type RoutesOptions } from './query/routes.ts';

export interface AppOptions extends RoutesOptions {
  health: Pick<Health, 'readiness'>;
  metrics: Pick<ServerMetrics, 'answer'>;
  /** The address that the server is bound to. */
  host: string;
  /** The built page. */
  uiDir: string;
}

export function createApp(options: AppOptions): Hono<Environment> {
  const { health, metrics, host, report, uiDir, authority } = options;
  const app = new Hono<Environment>();

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(pageHeaders)) context.res.headers.set(name, value);
  });

  // For probes, which come under any name and learn nothing about the traces.
  app.get('/healthz', () => Response.json({ ok: true }));
  app.get('/readyz', () => {
    const readiness = health.readiness();
    return Response.json(readiness, { status: readiness.ready ? 200 : 503, headers: { 'cache-control': 'no-store' } });
  });

  app.use(async ({ req }, next) => {
    const header = req.header('host');
    // With keys a page elsewhere learns nothing by pointing its name here: it has no key, and no cookie under that name.
    if (isAllowedHost(header, host) || !(await authority.isOpen())) return next();
    return problemResponse(
      new TallyError('HOST_REFUSED', { host: JSON.stringify((header ?? '').slice(0, 200)) }),
      report,
    );
  });

  // They are about everybody: where keys are asked for, a scraper needs one for reading that is of no tenant.
  app.get('/metrics', async ({ req, env }) => {
    const { tenant, who } = await admit(authority, req.raw, addressOf(env), 'read');
    if (tenant !== undefined)
      throw new TallyError('FORBIDDEN', {
        needed: 'a key of all tenants',
        who: `this one (${who})`,
        given: `those of ${tenant}`,
      });
    const { body, contentType } = metrics.answer(req.header('accept') ?? '');
    return new Response(body, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
  });

  const api = createRoutes(options);
  for (const path of ['/api', '/api/*', '/openapi.json', '/mcp'])
    app.all(path, ({ req, env }) => api.fetch(req.raw, env));
  app.get('*', ({ req }) => servePage(uiDir, req.path));
  app.notFound(({ req }) => {
    const response = problemResponse(
      new TallyError('METHOD_NOT_ALLOWED', { method: req.method, allow: 'GET' }),
      report,
    );
    response.headers.set('allow', 'GET, HEAD');
    return response;
  });
  app.onError((error) => problemResponse(error, report));
  return app;
}
