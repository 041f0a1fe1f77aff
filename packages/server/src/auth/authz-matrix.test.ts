/**
 * Every route and door × everything somebody may bring. A new route fails here until it has a row: who may ask, and an object of
 * another tenant to ask for where it takes one.
 */
import { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { type GrpcClient, grpcClient } from '../../test/grpc-call.ts';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { send } from '../../test/send.ts';
import { eventually } from '../../test/start-test-server.ts';
import { type Route, routes } from '../api.ts';
import type { RouteScope } from '../api/route.ts';
import type { RouteName } from '../query/handlers.ts';
import { newKey } from './api-key.ts';

/** Who may ask. Written here once more, so that nobody opens a route by leaving out a word. */
const expected: Record<RouteName, RouteScope> = {
  listTraces: 'read',
  getTrace: 'read',
  tail: 'read',
  getSkeleton: 'read',
  getSpan: 'read',
  listSpans: 'read',
  getFacets: 'read',
  getGuard: 'read',
  listGuardReviews: 'read',
  exportGuardReviews: 'read',
  putGuardReview: 'admin',
  deleteGuardReview: 'admin',
  getCosts: 'read',
  getLatency: 'read',
  listModels: 'read',
  listAgents: 'read',
  listRuns: 'read',
  listSessions: 'read',
  listUsers: 'read',
  getA2a: 'read',
  compareModels: 'read',
  getAnomalies: 'read',
  exportData: 'read',
  askMcp: 'read',
  listKeys: 'admin',
  createKey: 'admin',
  revokeKey: 'admin',
  rotateKey: 'admin',
  whoami: 'any',
  signIn: 'none',
  signOut: 'none',
  listAudit: 'admin',
  listQuotas: 'admin',
  putQuota: 'admin',
  deleteQuota: 'admin',
  decideBudget: 'any',
  settleBudget: 'ingest',
  leaseBudget: 'ingest',
  listBudgets: 'read',
  createBudget: 'admin',
  getBudget: 'read',
  putBudget: 'admin',
  deleteBudget: 'admin',
  listAlertHistory: 'read',
  listAlerts: 'read',
  createAlert: 'admin',
  getAlert: 'read',
  putAlert: 'admin',
  deleteAlert: 'admin',
  testAlert: 'admin',
  deleteData: 'admin',
  getDataSize: 'admin',
  makeBackup: 'admin',
  listJobs: 'admin',
  getJob: 'admin',
  listRetention: 'admin',
  putRetention: 'admin',
  deleteRetention: 'admin',
  listPrices: 'read',
  listUnpriced: 'read',
  createPrice: 'admin',
  putPrice: 'admin',
  deletePrice: 'admin',
  reprice: 'admin',
};

/** What each credential opens; `undefined` is not let in at all. */
const credentials = [
  'none',
  'malformed',
  'unknown',
  'revoked',
  'expired',
  'ingest',
  'read',
  'admin',
  'session',
] as const;
type Credential = (typeof credentials)[number];
const opens: Record<Credential, readonly RouteScope[] | undefined> = {
  none: undefined,
  malformed: undefined,
  unknown: undefined,
  revoked: undefined,
  expired: undefined,
  ingest: ['ingest', 'any'],
  read: ['read', 'any'],
  admin: ['ingest', 'read', 'admin', 'any'],
  session: ['read', 'any'],
};

let server: LockedServer;
let grpc: GrpcClient;
let headersOf: Record<Credential, Record<string, string>>;
beforeAll(async () => {
  server = await startLockedServer({ grpcPort: 0 });
  grpc = grpcClient(server.grpcPort!);
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const revoked = await server.makeKey({ scope: 'admin' });
  await server.ask('DELETE', `/api/v1/keys/${revoked.key.id}`, server.admin);
  const read = await server.make({ scope: 'read' });
  headersOf = {
    none: {},
    malformed: bearer(`${newKey('admin').slice(0, -1)}-`),
    unknown: bearer(newKey('admin')),
    revoked: bearer(revoked.secret),
    expired: bearer(await server.make({ scope: 'admin', expiresAt: new Date(Date.now() - 1).toISOString() })),
    ingest: bearer(await server.make({ scope: 'ingest' })),
    read: bearer(read),
    admin: bearer(server.admin),
    session: await signIn(read),
  };
});
async function signIn(key: string): Promise<Record<string, string>> {
  const { headers } = await server.ask('POST', '/api/v1/session', undefined, { key }, { origin: server.url });
  return { cookie: headers.get('set-cookie')!.split(';', 1)[0]!, origin: server.url };
}
afterAll(async () => {
  grpc.close();
  await server.end();
});

/** 401, 403, or `in` for whatever comes of being let in. */
async function outcome(method: string, path: string, credential: Credential): Promise<401 | 403 | 'in'> {
  const body = ['POST', 'PUT', 'PATCH'].includes(method);
  const leave = new AbortController();
  const response = await fetch(server.url + path, {
    method,
    headers: { ...headersOf[credential], ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: '{}' }),
    signal: leave.signal,
  });
  leave.abort();
  return response.status === 401 || response.status === 403 ? response.status : 'in';
}

function wanted(scope: RouteScope, credential: Credential): 401 | 403 | 'in' {
  if (scope === 'none') return 'in';
  const open = opens[credential];
  return open === undefined ? 401 : open.includes(scope) ? 'in' : 403;
}

/** With something in the place of each parameter. */
const concrete = (path: string) =>
  path.replace(/\{(\w+)\}/g, (_, name) => (name === 'traceId' ? 'ab'.repeat(16) : 'nobody'));

const table = Object.entries(routes) as [RouteName, Route][];

describe('every route', () => {
  it('has a row here, and asks for what the row says', () => {
    expect(Object.fromEntries(table.map(([name, { scope = 'read' }]) => [name, scope]))).toEqual(expected);
  });

  it.each(table)('%s lets in who may ask, and nobody else', async (name, { method, path }) => {
    const methods = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    for (const verb of methods) {
      const got = await Promise.all(credentials.map((credential) => outcome(verb, concrete(path), credential)));
      // It has signed out, so for the others it signs in again.
      if (name === 'signOut') headersOf.session = await signIn(headersOf.read['authorization']!.slice(7));
      const scope = expected[name];
      expect([verb, Object.fromEntries(credentials.map((credential, index) => [credential, got[index]]))]).toEqual([
        verb,
        Object.fromEntries(credentials.map((credential) => [credential, wanted(scope, credential)])),
      ]);
    }
  });
});

describe('every other door', () => {
  it.each<[method: string, path: string, scope: RouteScope]>([
    ['POST', '/v1/traces', 'ingest'],
    ['POST', '/v1/metrics', 'ingest'],
    ['POST', '/v1/logs', 'ingest'],
    ['GET', '/v1/traces', 'ingest'],
    ['POST', '/v1/anything', 'ingest'],
    ['POST', '/agents/triage/trace', 'ingest'],
    ['POST', '/api/v1/agents/triage/trace', 'ingest'],
    ['GET', '/openapi.json', 'any'],
    ['GET', '/api/v1/openapi.json', 'any'],
    ['GET', '/api/v1/nothing/here', 'any'],
    ['PATCH', '/api/v1/keys', 'any'],
    ['GET', '/api', 'any'],
    ['GET', '/healthz', 'none'],
    ['GET', '/readyz', 'none'],
    ['GET', '/', 'none'],
    ['GET', '/traces/a-place-of-the-page', 'none'],
  ])('%s %s is for %s', async (method, path, scope) => {
    for (const credential of credentials) {
      // A browser's session sends no spans.
      const isSender = scope === 'ingest' && credential === 'session';
      expect([credential, await outcome(method, path, credential)]).toEqual([
        credential,
        isSender ? 401 : wanted(scope, credential),
      ]);
    }
  });

  it('OTLP/gRPC is for sending, whichever signal', async () => {
    const body = encodeSpans([makeCall()], 'protobuf');
    for (const signal of ['trace', 'metrics', 'logs'] as const) {
      for (const credential of credentials) {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headersOf[credential])) metadata.set(name, value);
        const { code } = await grpc.export(body, { signal, metadata });
        const open = credential === 'session' ? undefined : opens[credential];
        const refused = open === undefined ? 16 : open.includes('ingest') ? undefined : 7;
        expect([signal, credential, code === 16 || code === 7 ? code : undefined]).toEqual([
          signal,
          credential,
          refused,
        ]);
      }
    }
  });
});

describe('another tenant’s', () => {
  it('trace is not there, in the same words as one that nobody has', async () => {
    const acme = await server.make({ scope: 'ingest', tenant: 'acme' });
    const span = makeCall();
    const headers = { 'content-type': 'application/x-protobuf', 'x-api-key': acme };
    await send(`${server.url}/v1/traces`, { headers, body: encodeSpans([span], 'protobuf') });
    const path = `/api/v1/traces/${span.traceId}`;
    await eventually(async () => (await server.ask('GET', path, server.admin)).status === 200 || undefined);
    const globex = await server.make({ scope: 'admin', tenant: 'globex' });
    for (const part of ['', '/skeleton', `/spans/${span.spanId}`]) {
      expect((await server.ask('GET', path + part, server.admin)).status).toBe(200);
      const foreign = await server.ask('GET', path + part, globex);
      const missing = await server.ask('GET', `/api/v1/traces/${'9'.repeat(32)}${part}`, globex);
      expect([part, foreign.status, missing.status]).toEqual([part, 404, 404]);
      expect(foreign.text).toBe(missing.text.replaceAll('9'.repeat(32), span.traceId));
    }
    for (const list of [
      '/api/v1/traces',
      '/api/v1/traces?tenant=acme',
      '/api/v1/costs?by=tenant',
      '/api/v1/costs?by=tenant&tenant=acme',
    ])
      expect([list, (await server.ask('GET', list, globex)).text]).toEqual([list, expect.not.stringContaining('acme')]);
  });

  it.each([
    ['/api/v1/budgets', { name: 'b', scope: { tenant: 'acme' }, limits: { usd: '1' }, window: 'day' }],
    [
      '/api/v1/alerts',
      {
        ...{ name: 'a', rule: { on: 'silence', scope: { tenant: 'acme' }, minutes: 5 } },
        channels: [{ type: 'webhook', url: 'https://example.com/hook' }],
      },
    ],
  ])('object of %s is neither seen, changed nor deleted', async (list, body) => {
    const made = await server.ask('POST', list, server.admin, body);
    expect([made.status, made.text]).toEqual([201, expect.any(String)]);
    const { id } = made.json as { id: string };
    const globex = await server.make({ scope: 'admin', tenant: 'globex' });
    for (const [method, sent] of [['GET'], ['PUT', { ...body, version: 1 }], ['DELETE']] as const) {
      const foreign = await server.ask(method, `${list}/${id}`, globex, sent);
      const missing = await server.ask(method, `${list}/nobody`, globex, sent);
      expect([method, foreign.status]).toEqual([method, missing.status]);
      expect(foreign.text.replaceAll(id, 'nobody')).toBe(missing.text);
    }
    expect((await server.ask('GET', list, globex)).text).not.toContain(id);
    expect((await server.ask('GET', `${list}/${id}`, server.admin)).status).toBe(200);
  });

  it('quota is neither seen nor set', async () => {
    await server.ask('PUT', '/api/v1/quotas/acme', server.admin, { spansPerSecond: 1_000 });
    const globex = await server.make({ scope: 'admin', tenant: 'globex' });
    expect((await server.ask('GET', '/api/v1/quotas', globex)).json).toEqual({ quotas: [] });
    const set = await Promise.all(
      ['acme', 'nobody', 'globex'].map((tenant) => server.ask('PUT', `/api/v1/quotas/${tenant}`, globex, {})),
    );
    expect(new Set(set.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(set[0]!.status).toBe(403);
  });
});
