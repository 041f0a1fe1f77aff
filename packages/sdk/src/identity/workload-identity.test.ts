/** The client against a Workload API that speaks gRPC as SPIRE's does, over a real socket. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '@tallyspan/facts';
import { type Authority, makeAuthority } from '../../test/authority.ts';
import { ecKey, mintList } from '../../test/mint.ts';
import { codes, startWorkloadApi, svidMessage, type WorkloadApi } from '../../test/workload-api.ts';
import type { WorkloadIdentity } from './identity.ts';
import { workloadIdentity } from './workload-identity.ts';

const A = 'spiffe://example.org/agent/a';
const B = 'spiffe://example.org/agent/b';
const MINUTE_MS = 60_000;
let authority: Authority;
let api: WorkloadApi;
const open: WorkloadIdentity[] = [];

beforeAll(() => {
  authority = makeAuthority('example.org');
});
beforeEach(async () => {
  api = await startWorkloadApi();
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  for (const identity of open.splice(0)) identity.close();
  await api.remove();
});

const identityOf = (options: Parameters<typeof workloadIdentity>[0] = {}) => {
  const identity = workloadIdentity({ socket: api.address, ...options });
  open.push(identity);
  return identity;
};
const svid = (path: string, hint?: string, by = authority) => svidMessage(by, path, by.issue(path), hint);
const pushSvids = (...svids: object[]) => api.push('FetchX509SVID', { svids });
const deny = (method: Parameters<WorkloadApi['push']>[0] = 'FetchX509SVID') =>
  api.push(method, { code: codes.PERMISSION_DENIED, details: 'no identity issued' });
const until = (what: () => unknown) => vi.waitFor(() => expect(what()).toBeTruthy(), { timeout: 5_000, interval: 5 });
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
const readyWith = async (...svids: object[]) => {
  pushSvids(...svids);
  const identity = identityOf();
  expect(await identity.ready()).toBe(true);
  return identity;
};

describe('the X.509-SVID', () => {
  it.each([{ tcp: false }, { tcp: true }])('comes with key, chain and bundle (%o)', async ({ tcp }) => {
    const own = await startWorkloadApi({ tcp });
    const below = authority.below('below');
    const issued = below.issue('/agent/a');
    own.push('FetchX509SVID', { svids: [{ ...svidMessage(authority, '/agent/a', issued, 'internal') }] });
    vi.stubEnv('SPIFFE_ENDPOINT_SOCKET', own.address);
    const identity = workloadIdentity();
    expect(identity.spiffeId).toBeUndefined();
    expect(await identity.ready()).toBe(true);
    const got = identity.x509Svid()!;
    expect(got).toMatchObject({ spiffeId: A, hint: 'internal', certificates: issued.certificates });
    expect(got.privateKey.equals(issued.key)).toBe(true);
    expect(Math.abs(got.expiresAt - Date.now() - 60 * MINUTE_MS)).toBeLessThan(10_000);
    expect(identity.x509Bundles()).toEqual(new Map([['example.org', [authority.der]]]));
    expect(identity.problem).toBeUndefined();
    identity.close();
    await own.remove();
  });

  it('is the first of several, or the one with the hint', async () => {
    const identity = await readyWith(svid('/agent/a', 'external'), svid('/agent/b', 'internal'));
    expect(identity.x509Svids().map(({ spiffeId }) => spiffeId)).toEqual([A, B]);
    expect(identity.spiffeId).toBe(A);
    const internal = identityOf({ hint: 'internal' });
    await internal.ready();
    expect(internal.spiffeId).toBe(B);
    expect(await identityOf({ hint: 'nobody' }).ready(100)).toBe(false);
  });

  it('rotates a thousand times while it is used, and nothing ever fails', async () => {
    const identity = await readyWith(svid('/agent/a'));
    let told = 0;
    identity.subscribe(() => (told += 1));
    let used = 0;
    let failed = 0;
    let over = false;
    const using = (async () => {
      while (!over) {
        const { certificates } = identity.x509Svid() ?? { certificates: [] };
        const verdict = identity.verifyPeer(certificates, { trustDomain: 'example.org' });
        if (verdict.ok) used += 1;
        else failed += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 1000; round++) {
      pushSvids(svid('/agent/a'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const last = authority.issue('/agent/a');
    pushSvids(svidMessage(authority, '/agent/a', last));
    await until(() => identity.x509Svid()!.certificates[0]!.equals(last.certificates[0]!));
    over = true;
    await using;
    expect([failed, told]).toEqual([0, 1001]);
    expect(used).toBeGreaterThan(1000);
    expect(api.calls['FetchX509SVID']).toBe(1);
  });

  it('of another authority is refused as soon as the bundle no longer has that', async () => {
    const identity = await readyWith(svid('/agent/a'));
    const old = authority.issue('/agent/b').certificates;
    expect(identity.verifyPeer(old, { trustDomain: 'example.org' }).ok).toBe(true);
    pushSvids(svid('/agent/a', '', makeAuthority('example.org')));
    await until(() => !identity.verifyPeer(old, { trustDomain: 'example.org' }).ok);
  });

  it('is given out until it expires while the agent is gone, and then no more', async () => {
    const identity = await readyWith(svid('/agent/a'));
    await api.stop();
    await until(() => identity.problem?.includes('FetchX509SVID'));
    later(59 * MINUTE_MS);
    expect(identity.spiffeId).toBe(A);
    expect(identity.x509Svids()).toHaveLength(1);
    later(2 * MINUTE_MS);
    expect(identity.spiffeId).toBeUndefined();
    expect(identity.x509Svid()).toBeUndefined();
    expect(identity.x509Svids()).toEqual([]);
    expect(() => identity.tlsOptions({ trustDomain: 'example.org' })).toThrow(
      /^There is no valid X\.509-SVID from unix:/,
    );
  });

  it('is renewed when the agent comes back', async () => {
    const identity = await readyWith(svid('/agent/a'));
    await api.stop();
    await until(() => identity.problem !== undefined);
    pushSvids(svid('/agent/b'));
    await api.start();
    await until(() => identity.spiffeId === B);
    expect(identity.problem).toBeUndefined();
  });

  it('comes when the agent starts after us', async () => {
    await api.stop();
    pushSvids(svid('/agent/a'));
    const identity = identityOf();
    expect(await identity.ready(100)).toBe(false);
    await api.start();
    expect(await identity.ready()).toBe(true);
  });

  it('is never used again once the agent says that there is none', async () => {
    const identity = await readyWith(svid('/agent/a'));
    deny();
    await until(() => identity.spiffeId === undefined);
    expect([identity.x509Svids(), identity.x509Bundles()]).toEqual([[], new Map()]);
    expect(identity.problem).toBe('FetchX509SVID: no identity issued');
    // It keeps on asking, and takes what is granted later.
    pushSvids(svid('/agent/b'));
    await until(() => identity.spiffeId === B);
  });

  it.each([
    ['a message without it', () => pushSvids(svid('/agent/b')), B],
    ['a message without any', () => pushSvids(), undefined],
  ])('is never used again after %s', async (_, push, left) => {
    const identity = await readyWith(svid('/agent/a'), svid('/agent/b'));
    push();
    await until(() => identity.spiffeId === left);
    expect(identity.x509Svids().map(({ spiffeId }) => spiffeId)).toEqual(left ? [left] : []);
  });

  it.each([
    ['with another key', { x509SvidKey: ecKey().export({ type: 'pkcs8', format: 'der' }) }, 'comes with another key'],
    ['with a key that is none', { x509SvidKey: Buffer.from('key') }, 'is unreadable'],
    ['without certificate', { x509Svid: Buffer.alloc(0) }, 'has no certificate'],
    ['with half a certificate', { x509Svid: Buffer.from([0x30, 0x82]) }, 'is unreadable'],
    ['that is an authority', () => ({ x509Svid: authority.der }), 'is none: no path in the SPIFFE id'],
    [
      'of somebody else',
      () => ({ x509Svid: authority.issue('/agent/b').certificates[0] }),
      'is made out to somebody else',
    ],
  ])('%s leaves the one before in place, and others come through', async (_, wrong, problem) => {
    const identity = await readyWith(svid('/agent/a'));
    const before = identity.x509Svid();
    pushSvids({ ...svid('/agent/a'), ...(typeof wrong === 'function' ? wrong() : wrong) }, svid('/agent/b'));
    await until(() => identity.x509Svids().length === 2);
    expect(identity.x509Svid()).toBe(before);
    expect(identity.problem).toContain(`the SVID "${A}" ${problem}`);
  });

  it.each([
    ['the call is wrong', codes.INVALID_ARGUMENT],
    ['the agent does not know the method', codes.UNIMPLEMENTED],
  ])('is not asked for again when %s', async (_, code) => {
    api.push('FetchX509SVID', { code, details: 'no use' });
    const identity = identityOf();
    await until(() => identity.problem === 'FetchX509SVID: no use; it is not asked again');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(api.calls['FetchX509SVID']).toBe(1);
  });
});

describe('bundles', () => {
  const trusts = (identity: WorkloadIdentity, by: Authority) =>
    identity.verifyPeer(by.issue('/x').certificates, { allow: () => true }).ok;

  it('of federated trust domains are trusted for those alone, and no longer when they are left out', async () => {
    const other = makeAuthority('other.org');
    // An authority of theirs in our bundle's clothes would be able to make our SVIDs.
    const imposter = makeAuthority('example.org', { signWith: other.key, issuer: other.subject }, other);
    const message = (federatedBundles: object) => ({ svids: [svid('/agent/a')], federatedBundles });
    api.push('FetchX509SVID', message({ 'spiffe://other.org': other.der, 'spiffe://example.org': imposter.der }));
    const identity = identityOf();
    await identity.ready();
    expect([trusts(identity, authority), trusts(identity, other), trusts(identity, imposter)]).toEqual([
      true,
      true,
      false,
    ]);
    api.push('FetchX509SVID', message({}));
    await until(() => !trusts(identity, other));
    expect(trusts(identity, authority)).toBe(true);
  });

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is unreadable', Buffer.from('bundle')],
    ['is half readable', () => Buffer.concat([makeAuthority('other.org').der, Buffer.from([0x30])])],
  ])('that %s trust nobody', async (_, bundle) => {
    const other = makeAuthority('other.org');
    const federatedBundles = { 'spiffe://other.org': typeof bundle === 'function' ? bundle() : bundle };
    api.push('FetchX509SVID', { svids: [{ ...svid('/agent/a'), bundle: Buffer.alloc(0) }], federatedBundles });
    const identity = identityOf();
    await identity.ready();
    expect(identity.x509Bundles()).toEqual(
      new Map([
        ['other.org', []],
        ['example.org', []],
      ]),
    );
    expect([trusts(identity, authority), trusts(identity, other)]).toEqual([false, false]);
  });

  it('under a name that is no trust domain are left out', async () => {
    const other = makeAuthority('other.org');
    const names = ['other.org', 'spiffe://OTHER.org', 'spiffe://other.org/', 'spiffe://other.org/a', ''];
    const federatedBundles = Object.fromEntries(names.map((name) => [name, other.der]));
    api.push('FetchX509SVID', { svids: [svid('/agent/a')], federatedBundles });
    const identity = identityOf();
    await identity.ready();
    expect([...identity.x509Bundles().keys()]).toEqual(['example.org']);
  });

  it('are all that a process wants which has no identity of its own', async () => {
    const other = makeAuthority('other.org');
    api.push('FetchX509Bundles', { bundles: { 'spiffe://other.org': other.der } });
    const identity = identityOf({ svid: false });
    await until(() => trusts(identity, other));
    expect([trusts(identity, authority), identity.spiffeId]).toEqual([false, undefined]);
    expect(api.calls).toEqual({ FetchX509Bundles: 1 });
    deny('FetchX509Bundles');
    await until(() => !trusts(identity, other));
  });

  it('come with lists of what was taken back before its time; the next message replaces them', async () => {
    const other = makeAuthority('other.org');
    const peer = other.issue('/agent/b').certificates;
    const list = (...revoked: Buffer[]) => mintList({ issuer: other.subject, signWith: other.key, revoked });
    const verdict = (identity: WorkloadIdentity) => identity.verifyPeer(peer, { trustDomain: 'other.org' });
    const bundles = { 'spiffe://other.org': other.der };
    api.push('FetchX509SVID', { svids: [svid('/agent/a')], federatedBundles: bundles, crl: [list(peer[0]!)] });
    api.push('FetchX509Bundles', { bundles, crl: [list(peer[0]!)] });
    const [holder, verifier] = [identityOf(), identityOf({ svid: false })];
    await holder.ready();
    await until(() => trusts(verifier, other));
    for (const identity of [holder, verifier]) expect(verdict(identity)).toEqual({ ok: false, reason: 'revoked' });
    api.push('FetchX509SVID', { svids: [svid('/agent/a')], federatedBundles: bundles });
    api.push('FetchX509Bundles', { bundles, crl: [Buffer.from('a list'), list()] });
    await until(() => verdict(holder).ok && verdict(verifier).ok);
    expect([holder.problem, verifier.problem]).toEqual([
      undefined,
      expect.stringContaining('a revocation list is unreadable'),
    ]);
  });

  it('for JWT come as text, by trust domain, and go when they are taken away', async () => {
    const jwks = await authority.jwks();
    api.push('FetchJWTBundles', { bundles: { 'spiffe://example.org': Buffer.from(jwks), nobody: Buffer.from('{}') } });
    const identity = identityOf();
    expect(identity.jwtBundles()).toEqual(new Map());
    await until(() => identity.jwtBundles().size === 1);
    expect(identity.jwtBundles()).toEqual(new Map([['example.org', jwks]]));
    expect(api.calls['FetchJWTBundles']).toBe(1);
    deny('FetchJWTBundles');
    await until(() => identity.jwtBundles().size === 0);
  });
});

describe('a JWT-SVID', () => {
  const give = (spiffeId = A, seconds = 300) => {
    api.jwtSvid = async ({ audience }) => ({
      svids: [{ spiffeId, svid: await authority.jwt(spiffeId, audience, seconds) }],
    });
  };
  const asked = () => api.calls['FetchJWTSVID'] ?? 0;

  it('is fetched once for each audience, however many ask at once', async () => {
    give();
    const identity = identityOf();
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => identity.jwtSvid('sts')));
    expect(first).toMatchObject({ spiffeId: A, token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) });
    expect(new Set(others.map(({ token }) => token))).toEqual(new Set([first!.token]));
    expect(asked()).toBe(1);
    await identity.jwtSvid(['vault', 'sts']);
    await identity.jwtSvid(['sts', 'vault']);
    await identity.jwtSvid('sts', { spiffeId: A });
    expect(asked()).toBe(3);
  });

  it('is renewed at half of its life, while the old one is still given out', async () => {
    give();
    const identity = identityOf();
    const { token } = await identity.jwtSvid('sts');
    later(134_000); // 45 % of 300 s is 135 s.
    expect((await identity.jwtSvid('sts')).token).toBe(token);
    expect(asked()).toBe(1);
    later(32_000); // 55 % is 165 s.
    expect((await identity.jwtSvid('sts')).token).toBe(token);
    await until(() => asked() === 2);
    await vi.waitFor(async () => expect((await identity.jwtSvid('sts')).token).not.toBe(token));
    expect(asked()).toBe(2);
  });

  it('is given out until it expires while the agent is gone, and then refused', async () => {
    give();
    const identity = identityOf();
    const { token } = await identity.jwtSvid('sts');
    await api.stop();
    later(299_000);
    expect((await identity.jwtSvid('sts')).token).toBe(token);
    later(2_000);
    await expect(identity.jwtSvid('sts')).rejects.toMatchObject({
      code: 'WORKLOAD_API_FAILED',
      message: expect.stringMatching(/^The SPIFFE Workload API at unix:.* does not give a JWT-SVID: .*ENOENT/),
    });
  });

  it('is not used again when its renewal is denied', async () => {
    give();
    const identity = identityOf();
    await identity.jwtSvid('sts');
    api.jwtSvid = () => ({ code: codes.PERMISSION_DENIED, details: 'no identity issued' });
    later(200_000);
    await identity.jwtSvid('sts');
    await until(() => asked() === 2);
    await vi.waitFor(() => expect(identity.jwtSvid('sts')).rejects.toThrow('no identity issued'));
  });

  it('is not used again when its id is taken away, not even one that is on its way', async () => {
    give();
    const identity = await readyWith(svid('/agent/a'), svid('/agent/b'));
    const { token } = await identity.jwtSvid('sts');
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const stale = await authority.jwt(A, ['vault'], 299);
    api.jwtSvid = async () => {
      await held;
      give(B);
      return { svids: [{ spiffeId: A, svid: stale }] };
    };
    const onItsWay = identity.jwtSvid('vault');
    await until(() => asked() === 2);
    pushSvids(svid('/agent/b'));
    await until(() => identity.spiffeId === B);
    release();
    expect((await onItsWay).spiffeId).toBe(B);
    const renewed = await identity.jwtSvid('sts');
    expect([renewed.spiffeId, renewed.token === token]).toEqual([B, false]);
  });

  it.each([
    [
      'of another id than it says',
      async () => ({ spiffeId: A, svid: await authority.jwt(B, ['sts']) }),
      'of somebody else',
    ],
    ['of no SPIFFE id', async () => ({ spiffeId: 'me', svid: await authority.jwt('me', ['sts']) }), 'of somebody else'],
    [
      'for another audience',
      async () => ({ spiffeId: A, svid: await authority.jwt(A, ['x']) }),
      'for another audience',
    ],
    ['that has expired', async () => ({ spiffeId: A, svid: await authority.jwt(A, ['sts'], -1) }), 'that has expired'],
    ['that is no JWT', () => ({ spiffeId: A, svid: 'token' }), 'that is no JWT'],
    [
      'whose claims are no object',
      () => ({ spiffeId: A, svid: `e30.${Buffer.from('null').toString('base64url')}.e30` }),
      'that is no JWT',
    ],
  ])('%s is refused', async (_, made, problem) => {
    api.jwtSvid = async () => ({ svids: [await made()] });
    await expect(identityOf().jwtSvid('sts')).rejects.toThrow(`it gives a JWT-SVID ${problem}`);
  });

  it('that is not in the answer, for no audience, or of another id than asked for, is refused', async () => {
    api.jwtSvid = () => ({ svids: [] });
    const identity = identityOf();
    await expect(identity.jwtSvid('sts')).rejects.toThrow('it gives no JWT-SVID');
    await expect(identity.jwtSvid([])).rejects.toThrow('no audience was given');
    await expect(identity.jwtSvid('')).rejects.toThrow('no audience was given');
    give();
    await expect(identity.jwtSvid('sts', { spiffeId: B })).rejects.toThrow('it gives a JWT-SVID of somebody else');
  });

  it('is the one with the hint, where one is asked for', async () => {
    const give = async (id: string, hint: string, audience: string[]) => ({
      spiffeId: id,
      svid: await authority.jwt(id, audience),
      hint,
    });
    api.jwtSvid = async ({ audience }) => ({
      svids: [await give(A, 'external', audience), await give(B, 'internal', audience)],
    });
    expect((await identityOf().jwtSvid('sts')).spiffeId).toBe(A);
    expect((await identityOf({ hint: 'internal' }).jwtSvid('sts')).spiffeId).toBe(B);
    await expect(identityOf({ hint: 'nobody' }).jwtSvid('sts')).rejects.toThrow('it gives no JWT-SVID');
  });

  it('is remembered for as many audiences as the limit says', async () => {
    const audiences = Array.from({ length: limits.jwtAudiencesMax + 1 }, (_, index) => String(index));
    const token = await authority.jwt(A, audiences);
    api.jwtSvid = () => ({ svids: [{ spiffeId: A, svid: token }] });
    const identity = identityOf();
    const ask = (index: number) => identity.jwtSvid(String(index));
    for (let index = 0; index < limits.jwtAudiencesMax; index++) await ask(index);
    await ask(0);
    expect(asked()).toBe(limits.jwtAudiencesMax);
    await ask(limits.jwtAudiencesMax);
    await ask(0);
    expect(asked()).toBe(limits.jwtAudiencesMax + 2);
  });

  it('of somebody else is verified by the agent, with all its claims', async () => {
    const value = {
      structValue: { fields: { list: { listValue: { values: [{ boolValue: true }, { nullValue: 0 }] } } } },
    };
    const fields = { sub: { stringValue: A }, exp: { numberValue: 1.5 }, more: value };
    api.validate = ({ audience, svid: token }) =>
      audience === 'us' && token === 'a.b.c'
        ? { spiffeId: A, claims: { fields } }
        : { code: codes.INVALID_ARGUMENT, details: 'bad' };
    const identity = identityOf();
    expect(await identity.validateJwtSvid('a.b.c', 'us')).toEqual({
      spiffeId: A,
      claims: { sub: A, exp: 1.5, more: { list: [true, null] } },
    });
    await expect(identity.validateJwtSvid('a.b.c', 'them')).rejects.toMatchObject({ code: 'WORKLOAD_API_FAILED' });
  });
});

describe('a program', () => {
  it.each([
    ['without an agent', '', 'SPIFFE_ENDPOINT_SOCKET is not set'],
    ['with a wrong address', 'http://agent', 'SPIFFE_ENDPOINT_SOCKET is "http://agent"'],
  ])('%s has no identity, and goes on', async (_, socket, problem) => {
    vi.stubEnv('SPIFFE_ENDPOINT_SOCKET', socket);
    const identity = workloadIdentity();
    expect([identity.spiffeId, await identity.ready(), identity.jwtBundles()]).toEqual([undefined, false, new Map()]);
    expect(identity.problem).toContain(problem);
    await expect(identity.jwtSvid('sts')).rejects.toMatchObject({ code: 'WORKLOAD_API_FAILED' });
    identity.close();
  });

  it('is told in time that an agent hangs, and the agent is asked again; so is one that does not renew an SVID', async () => {
    const lazy = await startWorkloadApi();
    const short = authority.issue('/agent/a', { notAfter: Date.now() + 6_000 });
    lazy.push('FetchX509SVID', { svids: [svidMessage(authority, '/agent/a', short)] });
    const waiting = identityOf({ socket: lazy.address });
    expect(await waiting.ready()).toBe(true);
    api.push('FetchX509SVID', 'silence');
    api.jwtSvid = () => 'silence';
    const identity = identityOf();
    expect(await identity.ready(10)).toBe(false);
    await expect(identity.jwtSvid('sts')).rejects.toThrow('it does not answer');
    await until(() => identity.problem === 'FetchX509SVID: it does not answer');
    pushSvids(svid('/agent/a'));
    expect(await identity.ready()).toBe(true);
    expect(api.calls['FetchX509SVID']).toBeGreaterThanOrEqual(2);
    await until(() => lazy.calls['FetchX509SVID'] === 2);
    await lazy.remove();
  });

  it('that closed it has what there was until it expires, and no connection', async () => {
    const identity = await readyWith(svid('/agent/a'));
    identity.close();
    await until(() => api.open('FetchX509SVID') === 0);
    expect(identity.spiffeId).toBe(A);
    await expect(identity.jwtSvid('sts')).rejects.toThrow('it was closed');
    later(61 * MINUTE_MS);
    expect([identity.spiffeId, await identity.ready()]).toEqual([undefined, false]);
  });

  it('is not disturbed by what its listeners throw', async () => {
    pushSvids(svid('/agent/a'));
    const identity = identityOf();
    let told = 0;
    identity.subscribe(() => {
      throw new Error('theirs');
    });
    const stop = identity.subscribe(() => (told += 1));
    await until(() => told === 1);
    stop();
    pushSvids(svid('/agent/b'));
    await until(() => identity.spiffeId === B);
    expect(told).toBe(1);
  });
});
