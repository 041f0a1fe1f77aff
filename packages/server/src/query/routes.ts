/** The query API: what the route table promises, answered from the store. */
import { TallyError, toJson } from '@tallyspan/facts';
import { type Dimension, dimensions, type Store } from '@tallyspan/store';
import { Hono } from 'hono';
import { type Costs, routes, type Trace, type TraceList } from '../api.ts';
import type { Report } from '../report.ts';
import type { Tail } from '../tail.ts';
import { costTree } from './cost-tree.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { openApiDocument } from './openapi.ts';
import { presentSummary, presentTotals, presentTrace } from './present.ts';
import { parseParameters, problemResponse } from './problem.ts';
import { nanosFromIso } from './time.ts';

export interface RoutesOptions {
  store: Pick<Store, 'traces' | 'trace' | 'traceSummary' | 'costs'>;
  tail: Tail;
  report: Report;
}

/** Answers everything under `/api/`, and `/openapi.json`. */
export function createRoutes({ store, tail, report }: RoutesOptions): Hono {
  const app = new Hono();

  app.get(honoPath(routes.listTraces.path), async ({ req }) => {
    const query = parseParameters(routes.listTraces.query, req.query());
    return answer(await listTraces(store, query));
  });

  app.get(honoPath(routes.getTrace.path), async ({ req }) => {
    const { traceId } = parseParameters(routes.getTrace.params, req.param());
    return answer(await getTrace(store, traceId.toLowerCase()));
  });

  app.get(honoPath(routes.getCosts.path), async ({ req }) => {
    const query = parseParameters(routes.getCosts.query, req.query());
    return answer(await getCosts(store, query));
  });

  app.get(honoPath(routes.tail.path), ({ req }) => {
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };
    return new Response(req.method === 'HEAD' ? null : tail.connect(), { headers });
  });

  const document = toJson(openApiDocument());
  for (const path of ['/openapi.json', '/api/v1/openapi.json']) {
    app.get(path, () => new Response(document, { headers: { 'content-type': 'application/json' } }));
  }

  app.notFound(({ req }) => {
    const known = req.method === 'GET' || req.method === 'HEAD';
    if (known)
      return problemResponse(
        new TallyError('NOT_FOUND', { thing: 'API path', id: req.path.slice(0, 200), list: '/api/v1/openapi.json' }),
        report,
      );
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

type Parsed<Name extends 'listTraces' | 'getCosts'> = (typeof routes)[Name]['query']['_output'];

async function listTraces(store: RoutesOptions['store'], query: Parsed<'listTraces'>): Promise<TraceList> {
  const { from, to, tenant, agent, model, status, q, limit, cursor } = query;
  const before = cursor === undefined ? undefined : readCursor(cursor);
  if (cursor !== undefined && before === undefined) {
    throw new TallyError('BAD_QUERY', { field: 'cursor', reason: 'pass nextCursor of the previous page unchanged' });
  }
  const filter = { ...range({ from, to, tenant, agent }), ...given({ model, status, text: q || undefined }) };
  // One more than asked for shows whether there is a next page.
  const found = await store.traces(filter, { limit: limit + 1, ...given({ before }) });
  const traces = found.slice(0, limit);
  const last = traces.at(-1);
  return {
    traces: traces.map(presentSummary),
    nextCursor: found.length > limit && last ? writeCursor(last) : null,
  };
}

async function getTrace(store: RoutesOptions['store'], traceId: string): Promise<Trace> {
  const [summary, spans] = await Promise.all([store.traceSummary(traceId), store.trace(traceId)]);
  if (summary === undefined)
    throw new TallyError('NOT_FOUND', { thing: 'trace', id: traceId, list: routes.listTraces.path });
  return presentTrace(summary, spans);
}

async function getCosts(store: RoutesOptions['store'], query: Parsed<'getCosts'>): Promise<Costs> {
  const by = readDimensions(query.by);
  const filter = { ...range(query), ...given({ traceId: query.traceId?.toLowerCase() }) };
  const { rows, total, truncated } = await store.costs(by, filter);
  return {
    by,
    total: presentTotals(total),
    rows: rows.map((row) => ({ key: row.key, ...presentTotals(row) })),
    tree: costTree(by, rows),
    truncated,
  };
}

function readDimensions(by: string): Dimension[] {
  const names = by.split(',').map((name) => name.trim());
  const bad = names.find((name, index) => !dimensions.includes(name as Dimension) || names.indexOf(name) !== index);
  if (bad === undefined) return names as Dimension[];
  const reason = `${JSON.stringify(bad)} is not one of ${dimensions.join(', ')}, each at most once`;
  throw new TallyError('BAD_QUERY', { field: 'by', reason });
}

function range(query: {
  from?: string | undefined;
  to?: string | undefined;
  tenant?: string | undefined;
  agent?: string | undefined;
}) {
  const { from, to, tenant, agent } = query;
  return given({
    from: from === undefined ? undefined : nanosFromIso(from),
    to: to === undefined ? undefined : nanosFromIso(to),
    tenant: tenant || undefined,
    agent: agent || undefined,
  });
}

type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Without what is undefined. */
function given<Values extends object>(values: Values): Given<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>;
}

function answer(body: TraceList | Trace | Costs): Response {
  return new Response(JSON.stringify(body), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

/** `/traces/{traceId}` in OpenAPI is `/traces/:traceId` in Hono. */
function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
