/** Two processes' worth of mTLS in one: real TLS connections, both ends with SVIDs from a Workload API. */
import { once } from 'node:events';
import { createServer, request, type Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createSecureContext, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type Authority, leafExtensions, makeAuthority } from '../../test/authority.ts';
import { startWorkloadApi, svidMessage, type WorkloadApi } from '../../test/workload-api.ts';
import { ecKey } from '../../test/mint.ts';
import type { WorkloadIdentity } from './identity.ts';
import { tlsOptionsOf } from './tls.ts';
import { workloadIdentity } from './workload-identity.ts';

const [ours, theirs] = [makeAuthority('example.org'), makeAuthority('other.org')];
const apis: WorkloadApi[] = [];
/** One who serves, one who calls, and one of another trust domain that both trust. */
let server: WorkloadIdentity, client: WorkloadIdentity, foreigner: WorkloadIdentity;
let web: ReturnType<typeof createServer>;
let allowed: (path: string) => boolean;
let seen: string[];

interface Pushed {
  trusted?: Authority[];
  issuer?: Authority;
}
const push = (
  api: WorkloadApi,
  authority: Authority,
  path: string,
  { trusted = [], issuer = authority }: Pushed = {},
) => {
  const federatedBundles = Object.fromEntries(trusted.map((other) => [`spiffe://${other.trustDomain}`, other.der]));
  api.push('FetchX509SVID', { svids: [svidMessage(authority, path, issuer.issue(path))], federatedBundles });
};
const start = async (authority: Authority, path: string, trusted: Authority) => {
  const api = await startWorkloadApi();
  apis.push(api);
  push(api, authority, path, { trusted: [trusted] });
  const identity = workloadIdentity({ socket: api.address });
  await identity.ready();
  return identity;
};

beforeAll(async () => {
  server = await start(ours, '/server', theirs);
  client = await start(ours, '/client', theirs);
  foreigner = await start(theirs, '/client', ours);
  const rule = { allow: ({ id, path }: { id: string; path: string }) => (seen.push(id), allowed(path)) };
  web = createServer(server.tlsOptions(rule), (_, response) => response.end('hello'));
  server.protect(web, rule);
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
});
beforeEach(() => {
  allowed = () => true;
  seen = [];
});
afterAll(async () => {
  web.closeAllConnections();
  web.close();
  for (const identity of [server, client, foreigner]) identity.close();
  await Promise.all(apis.map((api) => api.remove()));
});

/** The answer, or why there is none; and the certificate of the server. */
const get = (agent: Agent): Promise<{ body?: string; error?: string; serial?: string }> =>
  new Promise((resolve) => {
    const port = (web.address() as AddressInfo).port;
    const sent = request({ host: '127.0.0.1', port, agent, headers: { connection: 'close' } }, (response) => {
      const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
      let body = '';
      response.on('data', (piece: Buffer) => (body += piece.toString()));
      response.on('end', () => resolve({ body, serial }));
    });
    sent.on('error', (error) => resolve({ error: error.message }));
    sent.end();
  });
const ofServer = { allow: ({ id }: { id: string }) => id === 'spiffe://example.org/server' };

it('both ends know each other', async () => {
  expect(await get(client.httpsAgent(ofServer))).toMatchObject({ body: 'hello' });
  expect(seen).toEqual(['spiffe://example.org/client']);
});

it('a federated client is known by the bundle of its own trust domain', async () => {
  expect(await get(foreigner.httpsAgent(ofServer))).toMatchObject({ body: 'hello' });
  expect(seen).toEqual(['spiffe://other.org/client']);
});

it('a server that is somebody else than the rule says is not spoken to', async () => {
  const agent = client.httpsAgent({ allow: ({ path }) => path === '/somebody' });
  expect(await get(agent)).toEqual({ error: 'The server has no SVID that is accepted: not allowed.' });
});

it('a client that the rule does not allow is cut off before it is heard', async () => {
  allowed = () => false;
  expect((await get(client.httpsAgent(ofServer))).error).toBeDefined();
  expect(seen).toHaveLength(1);
});

it('a client without certificate, or with one of nobody’s, is refused', async () => {
  const rejectUnauthorized = false;
  const stranger = makeAuthority('example.org').issue('/client');
  const pem = `-----BEGIN CERTIFICATE-----\n${stranger.certificates[0]!.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const key = stranger.key.export({ type: 'pkcs8', format: 'pem' });
  for (const options of [{}, { cert: pem, key }]) {
    const socket = connect({
      port: (web.address() as AddressInfo).port,
      host: '127.0.0.1',
      rejectUnauthorized,
      ...options,
    });
    socket.on('error', () => {});
    let heard = '';
    socket.on('data', (piece: Buffer) => (heard += piece.toString()));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard).toBe('');
  }
  expect(seen).toEqual([]);
});

it('another trust domain’s authority cannot make a server of ours', async () => {
  // TLS itself would take it: both authorities are in the list it is given.
  const forged = theirs.issue('/server', { extensions: leafExtensions('spiffe://example.org/server') });
  const imposter = createTlsServer({
    key: forged.key.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${forged.certificates[0]!.toString('base64')}\n-----END CERTIFICATE-----\n`,
  });
  imposter.on('tlsClientError', () => {});
  imposter.listen(0, '127.0.0.1');
  await once(imposter, 'listening');
  const socket = connect({
    host: '127.0.0.1',
    port: (imposter.address() as AddressInfo).port,
    ...client.tlsOptions(ofServer),
  });
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toBe('The server has no SVID that is accepted: no path to the bundle.');
  imposter.close();
});

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'nobody comes back with an old session of %s without being looked at',
  async (maxVersion) => {
    const call = async (session?: Buffer) => {
      const port = (web.address() as AddressInfo).port;
      const socket = connect({
        host: '127.0.0.1',
        port,
        maxVersion,
        ...(session && { session }),
        ...client.tlsOptions(ofServer),
      });
      let given = Buffer.alloc(0);
      socket.on('session', (ticket) => (given = ticket));
      socket.resume();
      await once(socket, 'secureConnect');
      const reused = socket.isSessionReused();
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await once(socket, 'close');
      return { reused, session: given.length > 0 ? given : (socket.getSession() ?? Buffer.alloc(0)) };
    };
    const { session } = await call();
    expect((await call(session)).reused).toBe(false);
    expect(seen).toHaveLength(2);
  },
);

it('both ends follow rotation, without a new agent or server', async () => {
  const agent = client.httpsAgent(ofServer);
  const serials = new Set<string>();
  for (let round = 0; round < 10; round++) {
    const before = [server, client].map((identity) => identity.x509Svid());
    // Every other time the chain has an authority in between.
    push(apis[0]!, ours, '/server', { trusted: [theirs], issuer: round % 2 ? ours.below('between') : ours });
    push(apis[1]!, ours, `/client-${round}`, { trusted: [theirs], issuer: round % 3 ? ours.below('between') : ours });
    await vi.waitFor(() => expect([server, client].map((identity) => identity.x509Svid()).every((svid, at) => svid !== before[at])).toBe(true), { interval: 2 }); // prettier-ignore
    const { body, serial } = await get(agent);
    expect(body).toBe('hello');
    serials.add(serial!);
  }
  expect(serials.size).toBe(10);
  expect(seen).toEqual(Array.from({ length: 10 }, (_, round) => `spiffe://example.org/client-${round}`));
});

it('a client whose authority was taken out of the bundle is refused', async () => {
  const agent = foreigner.httpsAgent(ofServer);
  expect(await get(agent)).toMatchObject({ body: 'hello' });
  push(apis[0]!, ours, '/server');
  await vi.waitFor(() => expect(server.x509Bundles().size).toBe(1), { interval: 2 });
  expect((await get(agent)).error).toBeDefined();
});

it('certificates of any length are written so that TLS can read them', () => {
  const key = ecKey();
  for (let letters = 1; letters <= 60; letters++) {
    const made = ours.issue(`/${'a'.repeat(letters)}`, { key });
    const svid = { spiffeId: '', hint: '', certificates: made.certificates, privateKey: key, expiresAt: 0 };
    const options = tlsOptionsOf(svid, new Map(), () => ({ ok: false, reason: 'not allowed' }));
    expect(() => createSecureContext(options)).not.toThrow();
  }
});

it('with no bundle at all nobody is trusted, not even those whom Node trusts', async () => {
  apis[1]!.push('FetchX509SVID', {
    svids: [{ ...svidMessage(ours, '/client', ours.issue('/client')), bundle: Buffer.alloc(0) }],
  });
  await vi.waitFor(() => expect(client.x509Bundles().get('example.org')).toEqual([]), { interval: 2 });
  expect(client.tlsOptions(ofServer).ca).toEqual([]);
  expect((await get(client.httpsAgent(ofServer))).error).toMatch(/certificate/);
});
