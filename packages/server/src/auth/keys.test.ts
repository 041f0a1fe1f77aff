import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LockedServer, startLockedServer } from '../../test/ask-with.ts';
import { startTestServer, temporaryFolder } from '../../test/start-test-server.ts';
import { newKey } from './api-key.ts';
import { startServer } from '../server.ts';

let server: LockedServer;
beforeAll(async () => {
  server = await startLockedServer();
});
afterAll(() => server.end());

const TRACES = '/api/v1/traces';
const json = { 'content-type': 'application/json' };

describe('before the first key', () => {
  it('a server on a loopback address asks nobody, and the first key must be an admin key of all tenants', async () => {
    const open = await startTestServer();
    const make = (body: object) =>
      fetch(`${open.url}/api/v1/keys`, { method: 'POST', headers: json, body: JSON.stringify(body) });
    expect(open.adminKey).toBeUndefined();
    expect(await open.get('/api/v1/whoami')).toMatchObject({ who: 'anonymous', keysRequired: false });
    for (const body of [
      { name: 'x', scope: 'ingest' },
      { name: 'x', scope: 'admin', tenant: 'acme' },
      { name: 'x', scope: 'admin', expiresAt: '2030-01-01T00:00:00Z' },
    ])
      expect(await (await make(body)).json()).toMatchObject({ error: { code: 'FIRST_KEY_ADMIN' } });
    const made = (await (await make({ name: 'me', scope: 'admin' })).json()) as { secret: string };
    expect((await fetch(open.url + TRACES)).status).toBe(401);
    expect((await fetch(open.url + TRACES, { headers: { authorization: `Bearer ${made.secret}` } })).status).toBe(200);
    await open.end();
  });

  it('a server on another address makes an admin key at its first start, tells it once, and asks for it', async () => {
    const first = await startTestServer({ host: '0.0.0.0' });
    const { adminKey, port, dataDir } = first;
    expect(adminKey).toMatch(/^tally_admin_/);
    const status = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${port}${TRACES}`, { headers })).status;
    expect([await status({}), await status({ authorization: `Bearer ${adminKey}` })]).toEqual([401, 200]);
    await first.close();
    const again = await startTestServer({ host: '0.0.0.0', dataDir });
    expect(again.adminKey).toBeUndefined();
    await again.end();
  });

  it('a start that fails makes no key, which nobody would have seen', async () => {
    const first = await startTestServer({ host: '0.0.0.0' });
    const dataDir = await temporaryFolder();
    const start = (port: number) => startServer({ port, host: '0.0.0.0', dataDir, report: () => {} });
    await expect(start(first.port)).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    const second = await start(0);
    expect(second.adminKey).toMatch(/^tally_admin_/);
    await second.close();
    await rm(dataDir, { recursive: true });
    await first.end();
  });

  it('no keys on another address is BIND_REFUSED, and a made-up admin key BAD_OPTION, before anything is opened', async () => {
    const start = (host: string, auth: object) =>
      startServer({ port: 0, host, dataDir: '/nowhere/at/all', auth }).catch((error: unknown) => error);
    expect(await start('0.0.0.0', { noAuth: true })).toMatchObject({ code: 'BIND_REFUSED' });
    expect(await start('127.0.0.1', { adminKey: 'hunter2' })).toMatchObject({ code: 'BAD_OPTION' });
    expect(await start('127.0.0.1', { adminKey: newKey('read') })).toMatchObject({ code: 'BAD_OPTION' });
  });

  it('with noAuth keys are not asked for though there are some', async () => {
    const open = await startLockedServer({ auth: { noAuth: true } });
    expect((await open.ask('GET', TRACES)).status).toBe(200);
    await open.end();
  });
});

describe('a key', () => {
  it('is shown once, and nothing in the data folder or the answers has it afterwards', async () => {
    const { secret, key } = await server.makeKey({ name: 'collector', scope: 'ingest', tenant: 'acme' });
    expect(key).toMatchObject({
      shown: `tally_ingest_…${secret.slice(-4)}`,
      tenant: 'acme',
      state: 'good',
      lastUsedAt: null,
    });
    const listed = await server.ask('GET', '/api/v1/keys', server.admin);
    expect(listed.json.keys[0]).toEqual(key);
    expect(listed.text).not.toContain(secret);
    // grep ends with 1 when it finds nothing.
    expect(() => execFileSync('grep', ['-raF', secret.slice(13, 50), server.dataDir])).toThrow('grep');
    expect(server.lines.join()).not.toContain(secret);
  });

  it.each([
    ['Authorization: Bearer', (key: string) => ({ authorization: `Bearer ${key}` }), 200],
    ['authorization: bearer', (key: string) => ({ authorization: `bearer   ${key}` }), 200],
    ['x-api-key', (key: string) => ({ 'x-api-key': key }), 200],
    [
      'x-api-key beside what a proxy asks for',
      (key: string) => ({ 'x-api-key': key, authorization: 'Basic eDp5' }),
      200,
    ],
    ['Authorization: Basic', (key: string) => ({ authorization: `Basic ${btoa(`x:${key}`)}` }), 401],
    ['nothing but a cookie of its own making', (key: string) => ({ cookie: `tally_session=${key}` }), 401],
  ])('by %s', async (_, headers, status) => {
    const key = await server.make({});
    const answer = await server.ask('GET', TRACES, undefined, undefined, headers(key));
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it.each(['key', 'api_key', 'access_token', 'x-api-key', 'authorization'])(
    'in a URL as %s is not taken',
    async (name) => {
      const key = await server.make({});
      expect((await server.ask('GET', `${TRACES}?${name}=${key}`)).status).toBe(401);
    },
  );

  it('that was revoked or has expired is refused from the next request on, and says so to who has it', async () => {
    const revoked = await server.makeKey({});
    expect((await server.ask('GET', TRACES, revoked.secret)).status).toBe(200);
    expect((await server.ask('DELETE', `/api/v1/keys/${revoked.key.id}`, server.admin)).json).toMatchObject({
      state: 'revoked',
    });
    const answer = await server.ask('GET', TRACES, revoked.secret);
    expect([answer.status, answer.json.error.what]).toEqual([401, 'Not let in: this key was revoked.']);
    const expired = await server.make({ expiresAt: new Date(Date.now() - 1).toISOString() });
    expect((await server.ask('GET', TRACES, expired)).json.error.what).toBe('Not let in: this key has expired.');
  });

  it('that is rotated gives way to another one for the same, at once or after a while', async () => {
    const old = await server.makeKey({ name: 'app', scope: 'read', tenant: 'acme' });
    const kept = await server.ask('POST', `/api/v1/keys/${old.key.id}/rotate`, server.admin, { graceSeconds: 60 });
    expect(kept.json.key).toMatchObject({ name: 'app', scope: 'read', tenant: 'acme' });
    const status = async (secret: string) => (await server.ask('GET', TRACES, secret)).status;
    expect([await status(old.secret), await status(kept.json.secret)]).toEqual([200, 200]);
    const next = await server.ask('POST', `/api/v1/keys/${kept.json.key.id}/rotate`, server.admin, {});
    expect([await status(kept.json.secret), await status(next.json.secret)]).toEqual([401, 200]);
    expect((await server.ask('POST', `/api/v1/keys/${kept.json.key.id}/rotate`, server.admin, {})).status).toBe(400);
  });

  it('of all tenants for admin stays as long as it is the last one', async () => {
    const other = await startLockedServer();
    const { keys } = (await other.ask('GET', '/api/v1/keys', other.admin)).json;
    const revoke = () => other.ask('DELETE', `/api/v1/keys/${keys[0].id}`, other.admin);
    expect((await revoke()).json.error.code).toBe('LAST_ADMIN_KEY');
    const second = await other.makeKey({ scope: 'admin' });
    expect((await revoke()).status).toBe(200);
    expect((await other.ask('GET', '/api/v1/keys', second.secret)).json.keys).toHaveLength(2);
    await other.end();
  });

  it('of one tenant manages keys of that tenant, and others are not there in the same words', async () => {
    const acme = await server.make({ scope: 'admin', tenant: 'acme' });
    const globex = await server.makeKey({ scope: 'admin', tenant: 'globex' });
    const made = await server.ask('POST', '/api/v1/keys', acme, { name: 'mine', scope: 'ingest' });
    expect(made.json.key.tenant).toBe('acme');
    expect(
      (await server.ask('POST', '/api/v1/keys', acme, { name: 'x', scope: 'read', tenant: 'globex' })).status,
    ).toBe(403);
    const seen = (await server.ask('GET', '/api/v1/keys', acme)).json.keys as { tenant: string | null }[];
    expect(new Set(seen.map(({ tenant }) => tenant))).toEqual(new Set(['acme']));
    const nowhere = `k_${'0'.repeat(16)}`;
    for (const [method, path, body] of [
      ['DELETE', '', undefined],
      ['POST', '/rotate', {}],
    ] as const) {
      const foreign = await server.ask(method, `/api/v1/keys/${globex.key.id}${path}`, acme, body);
      const missing = await server.ask(method, `/api/v1/keys/${nowhere}${path}`, acme, body);
      expect(foreign.status).toBe(404);
      expect(foreign.text).toBe(missing.text.replaceAll(nowhere, globex.key.id));
    }
    expect((await server.ask('GET', TRACES, globex.secret)).status).toBe(200);
  });

  it.each([
    [{ scope: 'root' }, 400],
    [{ name: '' }, 400],
    [{ tenant: 'default' }, 400],
    [{ tenant: 'x'.repeat(200) }, 201],
    [{ tenant: 'x'.repeat(201) }, 400],
    [{ agent: 'a', scope: 'read' }, 400],
    [{ anything: 'else' }, 400],
  ])('as %j is answered %i', async (wanted, status) => {
    expect(
      (await server.ask('POST', '/api/v1/keys', server.admin, { name: 'a', scope: 'read', ...wanted })).status,
    ).toBe(status);
  });
});
