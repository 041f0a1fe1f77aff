/** Where bundles come from: real files, a real HTTPS server, and one who follows the Workload API. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '@tallyspan/facts';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { selfSigned } from '../../../test/self-signed.ts';
import type { BundleOrigin } from './bundle-origins.ts';
import { readJwtBundle } from './jwt-bundle.ts';
import { createSvidVerifier, type SvidVerifier } from './svid-verifier.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallyspan-bundles-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const first = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const second = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const bundle = (keys: Record<string, KeyObject>, more: object = {}) =>
  JSON.stringify({
    keys: Object.entries(keys).map(([kid, key]) => ({ ...key.export({ format: 'jwk' }), kid, use: 'jwt-svid' })),
    ...more,
  });
const one = { first: first.publicKey };
const two = { second: second.publicKey };
const token = (kid: string, key: KeyObject, sub = 'spiffe://example.org/a') =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject(sub)
    .setAudience('us')
    .setExpirationTime('1h')
    .sign(key);
const [byFirst, bySecond] = await Promise.all([token('first', first.privateKey), token('second', second.privateKey)]);

const told: string[] = [];
const verifiers: SvidVerifier[] = [];
afterAll(() => verifiers.forEach((verifier) => verifier.close()));
const verifierOf = (...bundles: BundleOrigin[]) => {
  const times = { filePollMs: 10, secondMs: 2 };
  const verifier = createSvidVerifier({ bundles, audience: ['us'], report: (line) => told.push(line), times });
  verifiers.push(verifier);
  return verifier;
};
const accepts = ({ verify }: SvidVerifier) =>
  [byFirst, bySecond].map((made) => {
    try {
      return verify(made).id.path === '/a';
    } catch {
      return false;
    }
  });
const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });
const becomes = (verifier: SvidVerifier, accepted: boolean[]) =>
  until(() => expect(accepts(verifier)).toEqual(accepted));

describe('a bundle in a file', () => {
  const replace = async (file: string, document: string) => {
    await writeFile(`${file}.new`, document);
    await rename(`${file}.new`, file);
  };

  it('is read, and read again when it is replaced or written over', async () => {
    const file = join(folder, 'bundle.json');
    await writeFile(file, bundle(one));
    const verifier = verifierOf({ trustDomain: 'example.org', file });
    expect(accepts(verifier)).toEqual([true, false]);
    await replace(file, bundle({ ...one, ...two }));
    await becomes(verifier, [true, true]);
    await writeFile(file, bundle(two));
    await becomes(verifier, [false, true]);
  });

  it('that has no keys any more trusts nobody', async () => {
    const file = join(folder, 'emptied.json');
    await writeFile(file, bundle(one));
    const verifier = verifierOf({ trustDomain: 'example.org', file });
    await writeFile(file, '{"keys":[]}');
    await becomes(verifier, [false, false]);
  });

  it.each([
    ['is broken', '{"keys":', 'it is no JSON'],
    ['is older', bundle(two, { spiffe_sequence: 6 }), 'its sequence goes back from 7 to 6'],
    ['is too long', ' '.repeat(10_000_000), 'it has 10000000 bytes, and 1048576 are allowed'],
  ])('that %s changes nothing, and is told', async (_, document, problem) => {
    const file = join(folder, `${problem.length}.json`);
    await writeFile(file, bundle(one, { spiffe_sequence: 7 }));
    const verifier = verifierOf({ trustDomain: 'example.org', file });
    await replace(file, document);
    await until(() =>
      expect(told).toContainEqual(`The SPIFFE bundle of example.org in ${file} stays as it was: ${problem}.`),
    );
    expect(accepts(verifier)).toEqual([true, false]);
    await replace(file, bundle(two, { spiffe_sequence: 8 }));
    await becomes(verifier, [false, true]);
  });

  it('that cannot be read at the start is said with what would help', () => {
    expect(() => verifierOf({ trustDomain: 'example.org', file: join(folder, 'none.json') })).toThrow(
      /^The SPIFFE bundle of example\.org is .*none\.json\. It cannot be used: ENOENT.*bundle show/,
    );
  });
});

describe('a bundle endpoint', () => {
  let server: Server;
  let ca: string;
  let answer: { status?: number; body?: string; headers?: Record<string, string> } | 'silence';
  let asked: string[] = [];
  beforeAll(async () => {
    const own = selfSigned();
    ca = own.cert;
    server = createServer(own, (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (answer === 'silence') return;
      response.writeHead(answer.status ?? 200, answer.headers);
      response.end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = (path = '/bundle') => `https://localhost:${(server.address() as AddressInfo).port}${path}`;

  it('is asked again as often as it says, and a removed key is refused after that', async () => {
    answer = { body: bundle(one, { spiffe_refresh_hint: 10, spiffe_sequence: 1 }) };
    const verifier = verifierOf({ trustDomain: 'example.org', url: url(), ca });
    expect(accepts(verifier)).toEqual([false, false]);
    await becomes(verifier, [true, false]);
    answer = { body: bundle(two, { spiffe_refresh_hint: 10, spiffe_sequence: 2 }) };
    await becomes(verifier, [false, true]);
    verifier.close();
  });

  it.each([
    ['fails', { status: 500 }, 'it answers with HTTP status 500'],
    [
      'sends us elsewhere',
      () => ({ status: 302, headers: { location: url('/elsewhere') } }),
      'it answers with HTTP status 302',
    ],
    ['is broken', { body: 'bundle' }, 'it is no JSON'],
    ['goes back', { body: bundle(two, { spiffe_sequence: 6 }) }, 'its sequence goes back from 7 to 6'],
    [
      'sends 10 MB',
      { body: ' '.repeat(10_000_000) },
      `it has more than the ${limits.bundleBytesMax} bytes that are allowed`,
    ],
  ])('that %s changes nothing, and is told', async (_, wrong, problem) => {
    answer = { body: bundle(one, { spiffe_sequence: 7, spiffe_refresh_hint: 10 }) };
    asked = [];
    const verifier = verifierOf({ trustDomain: 'example.org', url: url(), ca });
    await becomes(verifier, [true, false]);
    answer = typeof wrong === 'function' ? wrong() : wrong;
    const host = new URL(url()).host;
    await until(() =>
      expect(told).toContainEqual(`The SPIFFE bundle of example.org stays as it was: ${host}: ${problem}.`),
    );
    expect(accepts(verifier)).toEqual([true, false]);
    expect(new Set(asked)).toEqual(new Set(['GET /bundle']));
    verifier.close();
  });

  it('with a certificate that nobody vouches for is not believed', async () => {
    answer = { body: bundle(one) };
    const verifier = verifierOf({ trustDomain: 'example.org', url: url() });
    await until(() => expect(told.at(-1)).toMatch(/self-signed certificate/));
    expect(accepts(verifier)).toEqual([false, false]);
    verifier.close();
  });

  it('that is closed is left at once, also in the middle of an answer', async () => {
    answer = 'silence';
    asked = [];
    const before = told.length;
    const verifier = verifierOf({ trustDomain: 'example.org', url: url(), ca });
    await until(() => expect(asked).toHaveLength(1));
    verifier.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([asked.length, told.length]).toEqual([1, before]);
  });

  it.each(['http://localhost/bundle', 'https://me@localhost/bundle', 'https://me:secret@localhost/', 'bundle', ''])(
    'at "%s" is refused',
    (wrong) => {
      expect(() => verifierOf({ trustDomain: 'example.org', url: wrong })).toThrow(
        /Give an https URL without user name/,
      );
    },
  );
});

describe('somebody who follows the Workload API', () => {
  const sourceOf = (documents: Record<string, string>) => {
    const listeners = new Set<() => void>();
    let current = new Map(Object.entries(documents));
    return {
      jwtBundles: () => current,
      subscribe: (listener: () => void) => (listeners.add(listener), () => void listeners.delete(listener)),
      give: (next: Record<string, string>) => {
        current = new Map(Object.entries(next));
        for (const listener of listeners) listener();
      },
      listeners,
    };
  };

  it('gives bundles that count at once, and no longer when they are left out', () => {
    const source = sourceOf({ 'example.org': bundle(one) });
    const verifier = verifierOf(source);
    expect(accepts(verifier)).toEqual([true, false]);
    source.give({ 'example.org': bundle(two) });
    expect(accepts(verifier)).toEqual([false, true]);
    source.give({ 'example.org': 'broken' });
    expect(accepts(verifier)).toEqual([false, false]);
    expect(told.at(-1)).toBe('The SPIFFE bundle of example.org from the Workload API is left out: it is no JSON.');
    source.give({});
    expect(accepts(verifier)).toEqual([false, false]);
    verifier.close();
    expect(source.listeners.size).toBe(0);
  });

  it('does not add to a bundle that the operator names', async () => {
    const file = join(folder, 'named.json');
    await writeFile(file, bundle(one));
    const verifier = verifierOf(sourceOf({ 'example.org': bundle(two) }), { trustDomain: 'example.org', file });
    expect(accepts(verifier)).toEqual([true, false]);
  });
});

describe('what the operator writes', () => {
  const file = join(folder, 'bundle-of-operator.json');
  beforeAll(() => writeFile(file, bundle(one)));

  it('names each trust domain once, and as a name', () => {
    const own = { trustDomain: 'example.org', file };
    const source = { jwtBundles: () => new Map<string, string>(), subscribe: () => () => void (stopped += 1) };
    let stopped = 0;
    expect(() => verifierOf(source, own, own)).toThrow(/It has two bundles, and bundles are never put together/);
    expect(stopped).toBe(1);
    for (const trustDomain of ['spiffe://example.org', 'Example.org', ''])
      expect(() => verifierOf({ trustDomain, file })).toThrow(/It is a name without scheme/);
  });

  it.each([[[]], [['']], ['']])('has an audience (%j)', (audience) => {
    expect(() => createSvidVerifier({ bundles: [], audience, report: () => {} })).toThrow(/meant for another service/);
  });
});

describe('a bundle', () => {
  const key = { ...first.publicKey.export({ format: 'jwk' }), kid: 'a', use: 'jwt-svid' };
  const kidsOf = (...keys: unknown[]) => [...readJwtBundle(JSON.stringify({ keys })).keys.keys()];

  it.each([
    ['of an unknown kind', { ...key, kty: 'NEW' }],
    ['for an unknown use', { ...key, use: 'wit-svid' }],
    ['for use in another spelling', { ...key, use: 'JWT-SVID' }],
    ['without use', { ...key, use: undefined }],
    ['without kind', { ...key, kty: undefined }],
    ['without kid', { ...key, kid: undefined }],
    ['with a kid that is no text', { ...key, kid: 1 }],
    ['on a curve nobody knows', { ...key, crv: 'P-224' }],
    ['for an algorithm that does not fit', { ...key, alg: 'RS256' }],
    ['for an algorithm that is not allowed', { ...key, alg: 'HS256' }],
    ['that is no point of its curve', { ...key, x: key.y }],
    ['without numbers', { ...key, x: undefined }],
    ['that is null', null],
    ['that is a list', []],
  ])('leaves a key out %s, and keeps the others', (_, other) => {
    expect(kidsOf(other, { ...key, kid: 'b' })).toEqual(['b']);
  });

  it.each(['', 'null', '[]', '"keys"', '{}', '{"keys":{}}', '{"keys":null}'])('is not %j', (document) => {
    expect(() => readJwtBundle(document)).toThrow(/^it (is no JSON|has no list of keys)/);
  });

  it('has its limit at one MiB', () => {
    const filled = (bytes: number) => `{"keys":[]${' '.repeat(bytes - 11)}}`;
    expect(readJwtBundle(filled(limits.bundleBytesMax)).keys.size).toBe(0);
    expect(() => readJwtBundle(filled(limits.bundleBytesMax + 1))).toThrow('it has 1048577 bytes');
  });

  it.each([[-1], [1.5], ['7'], [null], [{}]])('has no sequence and no hint when they are %j', (value) => {
    const read = readJwtBundle(JSON.stringify({ keys: [], spiffe_sequence: value, spiffe_refresh_hint: value }));
    expect([read.sequence, read.refreshSeconds]).toEqual([undefined, undefined]);
  });
});
