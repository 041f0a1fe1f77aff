/** What answers a request that is not OTLP: health, the query API, and the page for everything else. */
import { TallyError } from '@tallyspan/facts';
import { Hono } from 'hono';
import { isAllowedHost } from './allowed-host.ts';
import type { Health } from './health.ts';
import { pageHeaders, servePage } from './page.ts';
import { problemResponse } from './query/problem.ts';
import { createRoutes, type RoutesOptions } from './query/routes.ts';

export interface AppOptions extends RoutesOptions {
  health: Pick<Health, 'readiness'>;
  /** The address that the server is bound to. */
  host: string;
  /** The built page. */
  uiDir: string;
}

export function createApp(options: AppOptions): Hono {
  const { health, host, report, uiDir } = options;
  const app = new Hono();

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
    if (isAllowedHost(header, host)) return next();
    return problemResponse(
      new TallyError('HOST_REFUSED', { host: JSON.stringify((header ?? '').slice(0, 200)) }),
      report,
    );
  });

  const api = createRoutes(options);
  for (const path of ['/api', '/api/*', '/openapi.json']) app.all(path, ({ req }) => api.fetch(req.raw));
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
