import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import type { Access } from '../access.ts';
import { svidAuthenticator } from './svid-authenticator.ts';
import { createSvidVerifier } from './svid-verifier.ts';
import { createTenantMap } from './tenant-map.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'jwt-svid' }] });
const source = { jwtBundles: () => new Map([['example.org', jwks]]), subscribe: () => () => {} };
const verifier = createSvidVerifier({ bundles: [source], audience: 'us', report: () => {} });
const tenants = createTenantMap([{ pattern: 'spiffe://example.org/agent/{tenant}/{agent}/*' }]);
const authenticator = svidAuthenticator({ verifier, tenants });
const ID = 'spiffe://example.org/agent/acme/analyst/main';
const token = (sub = ID, aud = 'us') =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setSubject(sub)
    .setAudience(aud)
    .setExpirationTime('5m')
    .sign(privateKey);

describe('a workload is let in by its JWT-SVID', () => {
  it('to its tenant, as its agent, and may send spans', async () => {
    expect(await authenticator.authenticate(await token())).toMatchObject({
      tenant: 'acme',
      agent: 'analyst',
      who: ID,
      scopes: new Set(['ingest']),
    });
  });

  it('until it expires, or belongs to somebody else', async () => {
    const { isStill } = (await authenticator.authenticate(await token())) as Access;
    expect(await isStill!()).toBe(true);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 });
    expect(await isStill!()).toBe(false);
    vi.useRealTimers();
    tenants.set([{ pattern: 'spiffe://example.org/agent/**', tenant: 'sold' }]);
    expect(await isStill!()).toBe(false);
    expect(await authenticator.authenticate(await token())).toMatchObject({ tenant: 'sold' });
    tenants.set([{ pattern: 'spiffe://example.org/agent/{tenant}/{agent}/*' }]);
  });

  it('and is told the same whatever is wrong; the reason is for the audit log', async () => {
    const denied = 'this JWT-SVID is not accepted here';
    expect(await authenticator.authenticate(await token('spiffe://example.org/other'))).toEqual({
      denied,
      reason: 'no rule says the tenant',
      who: 'spiffe://example.org/other',
    });
    expect(await authenticator.authenticate(await token(ID, 'them'))).toEqual({
      denied,
      reason: 'audience',
      who: `somebody as ${ID}`,
    });
    expect(await authenticator.authenticate('e30.e30.e30')).toEqual({ denied, reason: 'algorithm' });
  });
});

it('a JWT is known by its looks, and a key of this server is none', async () => {
  expect(authenticator.recognises(await token())).toBe(true);
  for (const other of ['tally_ingest_0123456789abcdefghijklmnopqrstuvwxyz', 'sk-abc', '', 'a.b', 'a.b.c.d'])
    expect(authenticator.recognises(other)).toBe(false);
});
