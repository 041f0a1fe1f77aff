import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { startTestServer } from '../../test/start-test-server.ts';

let server: LockedServer;
let origin: string;
beforeAll(async () => {
  server = await startLockedServer();
  origin = server.url;
});
afterAll(() => server.end());

const SESSION = '/api/v1/session';
const TRACES = '/api/v1/traces';

async function signIn(key: string, headers: Record<string, string> = { origin }) {
  const answer = await server.ask('POST', SESSION, undefined, { key }, headers);
  const set = answer.headers.get('set-cookie');
  return { ...answer, set, cookie: set?.split(';', 1)[0] ?? '' };
}

describe('signing in on the page', () => {
  it('with a key for reading sets a cookie that no script reads and no other site sends', async () => {
    const key = await server.make({ scope: 'read', tenant: 'acme' });
    const { status, set, cookie, text } = await signIn(key);
    expect(status).toBe(200);
    expect(set).toMatch(/^tally_session=[\w-]{43}; Path=\/; Max-Age=43[12]\d\d; HttpOnly; SameSite=Strict$/);
    expect(set! + text).not.toContain(key);
    const whoami = await server.ask('GET', '/api/v1/whoami', undefined, undefined, { cookie: `a=b; ${cookie}; c=d` });
    expect(whoami.json).toMatchObject({ tenant: 'acme', scopes: ['read'], keysRequired: true });
  });

  it('behind HTTPS the cookie goes over HTTPS only', async () => {
    const secure = await signIn(server.admin, { 'x-forwarded-proto': 'https', origin });
    expect(secure.set).toMatch(/; Secure$/);
  });

  it('works for nobody without a good key, and not for a key that only sends', async () => {
    const ingest = await server.make({ scope: 'ingest' });
    expect(await signIn('hunter2')).toMatchObject({ status: 401, set: null });
    expect(await signIn(ingest)).toMatchObject({ status: 403, set: null });
  });

  it('lasts until signing out: then the cookie is worth nothing, wherever a copy of it lies', async () => {
    const { cookie } = await signIn(server.admin);
    const status = async () => (await server.ask('GET', TRACES, undefined, undefined, { cookie })).status;
    expect(await status()).toBe(200);
    const out = await server.ask('DELETE', SESSION, undefined, undefined, { cookie, origin });
    expect(out.headers.get('set-cookie')).toMatch(/^tally_session=; Path=\/; Max-Age=0;/);
    expect(await status()).toBe(401);
  });

  it('ends with its key', async () => {
    const { secret, key } = await server.makeKey({ scope: 'read' });
    const { cookie } = await signIn(secret);
    await server.ask('DELETE', `/api/v1/keys/${key.id}`, server.admin);
    expect((await server.ask('GET', TRACES, undefined, undefined, { cookie })).status).toBe(401);
  });

  it('gives the page what the key may do, and a key in a header comes before it', async () => {
    const { cookie } = await signIn(await server.make({ scope: 'read' }));
    const make = (headers: Record<string, string>, key?: string) =>
      server.ask('POST', '/api/v1/keys', key, { name: 'x', scope: 'read' }, headers);
    expect((await make({ cookie, origin })).status).toBe(403);
    expect((await make({ cookie, origin }, server.admin)).status).toBe(201);
    expect((await make({ cookie: (await signIn(server.admin)).cookie, origin })).status).toBe(201);
  });
});

describe('a request that changes something and comes with a cookie', () => {
  it.each<[what: string, headers: Record<string, string>, status: number]>([
    ['from the page', { origin: 'SELF' }, 201],
    ['from the page, as browsers say it', { 'sec-fetch-site': 'same-origin' }, 201],
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['from another port of the same site', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }, 403],
    ['from a frame without an origin', { origin: 'null' }, 403],
    [
      'from another origin that calls itself same',
      { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' },
      403,
    ],
    ['from nowhere', {}, 403],
    ['as a form', { origin: 'SELF', 'content-type': 'text/plain' }, 403],
  ])('%s', async (_, headers, status) => {
    const { cookie } = await signIn(server.admin);
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'SELF' ? origin : value]),
    );
    const answer = await server.ask(
      'POST',
      '/api/v1/keys',
      undefined,
      { name: 'x', scope: 'read' },
      { cookie, ...sent },
    );
    expect([answer.status, answer.json.error?.code]).toEqual([
      status,
      status === 403 ? 'CROSS_SITE_REFUSED' : undefined,
    ]);
  });

  it('signing in and out count as changes', async () => {
    const evil = { origin: 'http://evil.example' };
    expect((await signIn(server.admin, evil)).status).toBe(403);
    const { cookie } = await signIn(server.admin);
    expect((await server.ask('DELETE', SESSION, undefined, undefined, { cookie, ...evil })).status).toBe(403);
  });
});

it('an open server takes changes from its own page and from no other', async () => {
  const open = await startTestServer();
  const make = async (headers: Record<string, string>) => {
    const body = JSON.stringify({ name: 'x', scope: 'read' });
    const type = { 'content-type': 'application/json' };
    return (await fetch(`${open.url}/api/v1/keys`, { method: 'POST', headers: { ...type, ...headers }, body })).status;
  };
  // 409 is past the door: the first key must be an admin key.
  expect([await make({ origin: 'http://evil.example' }), await make({ origin: open.url }), await make({})]).toEqual([
    403, 409, 409,
  ]);
  await open.end();
});
