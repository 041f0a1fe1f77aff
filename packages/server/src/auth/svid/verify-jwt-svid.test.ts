/**
 * JWT-SVIDs, good and forged. The good ones are made by `jose`, as others would make them; the forged ones by hand, as every byte of
 * them is to be wrong.
 */
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { limits } from '@tallyspan/facts';
import { CompactSign, FlattenedSign, GeneralSign, SignJWT } from 'jose';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createSvidVerifier } from './svid-verifier.ts';
import { SvidRefused, type SvidRefusal } from './verify-jwt-svid.ts';

const NOW_SECONDS = 1_800_000_000;
const SUB = 'spiffe://example.org/agent/acme/analyst/main';
const AUD = 'spiffe://example.org/tallyspan';
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength });
const jwkOf = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), use: 'jwt-svid', ...more });

const p256 = ec('P-256');
const p384 = ec('P-384');
const p521 = ec('P-521');
const rsaKey = rsa();
const weak = rsa(1024);
const x509Only = ec('P-256');
const federated = ec('P-256');
const old = ec('P-256');
const attacker = ec('P-256');

const ours = {
  keys: [
    jwkOf(p256.publicKey, { kid: 'p256' }),
    jwkOf(p384.publicKey, { kid: 'p384' }),
    jwkOf(p521.publicKey, { kid: 'p521' }),
    jwkOf(rsaKey.publicKey, { kid: 'rsa' }),
    jwkOf(rsaKey.publicKey, { kid: 'rs256', alg: 'RS256' }),
    jwkOf(weak.publicKey, { kid: 'weak' }),
    jwkOf(x509Only.publicKey, { kid: 'x509', use: 'x509-svid' }),
    jwkOf(x509Only.publicKey, { kid: 'sig', use: 'sig' }),
    { kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'oct', use: 'jwt-svid' },
    { kty: 'OKP', crv: 'Ed25519', x: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x, kid: 'ed', use: 'jwt-svid' }, // prettier-ignore
    jwkOf(p256.publicKey, { kid: 'twice' }),
    jwkOf(p384.publicKey, { kid: 'twice' }),
  ],
};
const documents = new Map([
  ['example.org', JSON.stringify(ours)],
  ['federated.org', JSON.stringify({ keys: [jwkOf(federated.publicKey, { kid: 'federated' })] })],
  ['empty.org', JSON.stringify({ keys: [] })],
]);
const source = { jwtBundles: () => documents, subscribe: () => () => {} };
const verifier = createSvidVerifier({ bundles: [source], audience: AUD, report: () => {} });
afterAll(() => verifier.close());

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'ES256', kid: 'p256', typ: 'JWT' };
const CLAIMS = { sub: SUB, aud: [AUD], exp: NOW_SECONDS + 300, iat: NOW_SECONDS };
/** Signed as the header should be, with the key that should be, but for what is given. Texts are taken as they are. */
const make = (header: object | string = {}, claims: object | string = {}, key: KeyObject = p256.privateKey): string => {
  const signed = `${b64(typeof header === 'string' ? header : { ...HEADER, ...header })}.${b64(typeof claims === 'string' ? claims : { ...CLAIMS, ...claims })}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const good = make();
const [goodHeader, goodClaims, goodSignature] = good.split('.') as [string, string, string];
const claimsText = (more: string) => `${JSON.stringify(CLAIMS).slice(0, -1)},${more}}`;
const headerText = (more: string) => `${JSON.stringify(HEADER).slice(0, -1)},${more}}`;
const withSub = (sub: unknown) => make({}, { sub });
const withAud = (aud: unknown) => make({}, { aud });
const at = (seconds: number) => NOW_SECONDS + seconds;
const hmac = (alg: string, digest: string, secret: string | Buffer) => {
  const signed = `${b64({ ...HEADER, alg })}.${b64(CLAIMS)}`;
  return `${signed}.${createHmac(digest, secret).update(signed).digest('base64url')}`;
};
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const longSub = (bytes: number) => `spiffe://example.org/${'a'.repeat(bytes - 21)}`;

const verify = (token: string, seconds = 0) => verifier.verify(token, (NOW_SECONDS + seconds) * 1000);
const refusal = (token: string, seconds = 0) => {
  try {
    verify(token, seconds);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof SvidRefused)) throw error;
    return error.reason;
  }
};

describe('a JWT-SVID is accepted', () => {
  it.each([
    ['ES256', 'p256', p256],
    ['ES384', 'p384', p384],
    ['ES512', 'p521', p521],
    ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).map((alg) => [alg, 'rsa', rsaKey] as const),
  ] as const)('signed with %s, and says who it is', async (alg, kid, { privateKey }) => {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg, kid })
      .setSubject(SUB)
      .setAudience(AUD)
      .setExpirationTime(at(300))
      .sign(privateKey);
    expect(verify(token)).toEqual({
      id: { id: SUB, trustDomain: 'example.org', path: '/agent/acme/analyst/main' },
      expiresAt: at(300) * 1000,
    });
  });

  it.each([
    ['typ JWT', make({ typ: 'JWT' })],
    ['typ JOSE', make({ typ: 'JOSE' })],
    ['no typ', make({ typ: undefined })],
    ['the audience as text', withAud(AUD)],
    ['other audiences beside', withAud(['other', AUD])],
    ['further claims, nested and with names twice inside', make({}, claimsText('"more":{"a":1,"a":{"b":[1]}}'))],
    ['white space in its JSON', make(` ${JSON.stringify(HEADER, null, 2)} `, `\n${JSON.stringify(CLAIMS)}\t`)],
    ['a subject of 2,048 bytes', withSub(longSub(2048))],
    ['no iat', make({}, { iat: undefined })],
    ['an nbf in the past', make({}, { nbf: at(-10) })],
    [
      'a federated domain’s own subject and key',
      make({ kid: 'federated' }, { sub: 'spiffe://federated.org/a' }, federated.privateKey),
    ],
  ])('with %s', (_, token) => {
    expect(refusal(token)).toBe('accepted');
  });

  it('as long as a token may be, and no longer', () => {
    const padded = (bytes: number) => {
      for (let pad = Math.floor((bytes - good.length) * 0.75) - 20; ; pad++) {
        const token = make({}, { pad: 'x'.repeat(pad) });
        if (token.length >= bytes) return token;
      }
    };
    const longest = padded(limits.svidTokenBytesMax - 1);
    expect(longest.length).toBeLessThanOrEqual(limits.svidTokenBytesMax);
    expect(refusal(longest)).toBe('accepted');
    expect(refusal(padded(limits.svidTokenBytesMax + 1))).toBe('too long');
  });

  it('while clocks are a minute apart, and not when they are ten', () => {
    const token = make({}, { nbf: at(0), iat: at(0), exp: at(300) });
    expect([-600, -61, -60, 0, 300, 360, 361, 900].map((seconds) => refusal(token, seconds))).toEqual([
      'not yet valid', 'not yet valid', 'accepted', 'accepted', 'accepted', 'accepted', 'expired', 'expired',
    ]); // prettier-ignore
  });
});

const forged: [string, SvidRefusal, string | (() => string | Promise<string>)][] = [
  // Algorithms
  ...['none', 'None', 'NONE', 'nOnE', ''].map((alg): [string, SvidRefusal, string] => [
    `alg "${alg}" and no signature`,
    'not three parts of base64url',
    `${b64({ ...HEADER, alg })}.${goodClaims}.`,
  ]),
  ...['none', 'None', 'NONE'].map((alg): [string, SvidRefusal, string] => [
    `alg ${alg} and a signature`,
    'algorithm',
    make({ alg }),
  ]),
  ...['HS256', 'HS384', 'HS512'].map((alg): [string, SvidRefusal, string] => [
    `${alg} with the public key as secret`,
    'algorithm',
    hmac(alg, alg.replace('HS', 'sha'), pem(p256.publicKey)),
  ]),
  ['HS256 with the RSA public key as secret', 'algorithm', () => hmac('HS256', 'sha256', pem(rsaKey.publicKey))],
  [
    'HS256 with the DER of the public key as secret',
    'algorithm',
    hmac('HS256', 'sha256', p256.publicKey.export({ type: 'spki', format: 'der' })),
  ],
  ['EdDSA', 'algorithm', make({ alg: 'EdDSA', kid: 'ed' })],
  ['ES256K', 'algorithm', make({ alg: 'ES256K' })],
  ['es256 in small letters', 'algorithm', make({ alg: 'es256' })],
  ['an algorithm that is a name of JavaScript', 'algorithm', make({ alg: 'constructor' })],
  ['no alg', 'algorithm', make({ alg: undefined })],
  ['alg as a list', 'algorithm', make({ alg: ['ES256'] })],
  ['alg as a number', 'algorithm', make({ alg: 256 })],
  ['an encrypting alg', 'algorithm', make({ alg: 'RSA-OAEP' })],
  ['RS256 on an EC key', 'algorithm', make({ alg: 'RS256' })],
  ['ES256 on an RSA key', 'algorithm', make({ kid: 'rsa' })],
  ['ES384 on a P-256 key', 'algorithm', make({ alg: 'ES384' })],
  ['PS256 where the key is for RS256', 'algorithm', make({ alg: 'PS256', kid: 'rs256' })],
  [
    'RS256 by a signature of PS256',
    'signature',
    () => {
      const signed = `${b64({ alg: 'RS256', kid: 'rsa' })}.${b64(CLAIMS)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), { key: rsaKey.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString('base64url')}`;
    },
  ],
  // Signatures
  ['a signature of somebody else', 'signature', make({}, {}, attacker.privateKey)],
  [
    'the signature of another token',
    'signature',
    `${b64(HEADER)}.${b64({ ...CLAIMS, jti: 'other' })}.${goodSignature}`,
  ],
  ['an empty signature', 'not three parts of base64url', `${goodHeader}.${goodClaims}.`],
  ['a signature of zeros', 'signature', `${goodHeader}.${goodClaims}.${Buffer.alloc(64).toString('base64url')}`],
  [
    'half a signature',
    'signature',
    `${goodHeader}.${goodClaims}.${Buffer.from(goodSignature, 'base64url').subarray(0, 32).toString('base64url')}`,
  ],
  [
    'a signature in DER',
    'signature',
    () => {
      const signed = `${goodHeader}.${goodClaims}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), p256.privateKey).toString('base64url')}`;
    },
  ],
  [
    'bytes after the signature',
    'signature',
    `${goodHeader}.${goodClaims}.${Buffer.concat([Buffer.from(goodSignature, 'base64url'), Buffer.from([0])]).toString('base64url')}`,
  ],
  ['a header from another token', 'signature', `${b64({ alg: 'ES256', kid: 'p256' })}.${goodClaims}.${goodSignature}`],
  // Form
  ['nothing', 'not three parts of base64url', ''],
  ['one part', 'not three parts of base64url', goodHeader],
  ['two parts', 'not three parts of base64url', `${goodHeader}.${goodClaims}`],
  ['four parts', 'not three parts of base64url', `${good}.${goodSignature}`],
  ['five parts, as if it was encrypted', 'not three parts of base64url', `${good}.a.b`],
  ['no header', 'not three parts of base64url', `.${goodClaims}.${goodSignature}`],
  ['white space around', 'not three parts of base64url', ` ${good}`],
  ['a line break at the end', 'not three parts of base64url', `${good}\n`],
  ['padding', 'not three parts of base64url', `${goodHeader}=.${goodClaims}.${goodSignature}`],
  ['the other base64', 'not three parts of base64url', `${goodHeader}.${goodClaims}.${goodSignature.slice(0, -2)}+/`],
  [
    'bits that mean nothing',
    'not three parts of base64url',
    () => `${goodHeader}.${goodClaims}.${goodSignature.slice(0, -1)}${nextLetter(goodSignature.at(-1)!)}`,
  ],
  [
    'JSON in flattened form',
    'not three parts of base64url',
    async () =>
      JSON.stringify(
        await new FlattenedSign(Buffer.from(JSON.stringify(CLAIMS))).setProtectedHeader(HEADER).sign(p256.privateKey),
      ),
  ],
  [
    'JSON in general form with two signatures',
    'not three parts of base64url',
    async () => {
      const general = new GeneralSign(Buffer.from(JSON.stringify(CLAIMS)));
      general
        .addSignature(p256.privateKey)
        .setProtectedHeader(HEADER)
        .addSignature(attacker.privateKey)
        .setProtectedHeader(HEADER);
      return JSON.stringify(await general.sign());
    },
  ],
  ['64 KiB', 'too long', make({}, { pad: 'x'.repeat(48 * 1024) })],
  ['a token in a list', 'too long', [good] as unknown as string],
  // Header
  ['crit', 'header has members that are not allowed', make({ crit: ['exp'], exp: 1 })],
  [
    'crit and b64: false',
    'header has members that are not allowed',
    async () =>
      new CompactSign(Buffer.from(JSON.stringify(CLAIMS)))
        .setProtectedHeader({ ...HEADER, b64: true, crit: ['b64'] })
        .sign(p256.privateKey),
  ],
  [
    'a jku',
    'header has members that are not allowed',
    make({ jku: 'https://attacker.example/keys' }, {}, attacker.privateKey),
  ],
  [
    'an x5u',
    'header has members that are not allowed',
    make({ x5u: 'https://attacker.example/chain' }, {}, attacker.privateKey),
  ],
  [
    'its own key as jwk',
    'header has members that are not allowed',
    make({ jwk: attacker.publicKey.export({ format: 'jwk' }) }, {}, attacker.privateKey),
  ],
  [
    'its own certificate as x5c',
    'header has members that are not allowed',
    make({ x5c: ['MIIB'] }, {}, attacker.privateKey),
  ],
  ['zip', 'header has members that are not allowed', make({ zip: 'DEF' })],
  ['cty', 'header has members that are not allowed', make({ cty: 'JWT' })],
  ['alg twice', 'header unreadable', make(headerText('"alg":"ES256"'))],
  ['kid twice, once with an escape', 'header unreadable', make(headerText('"\\u006bid":"p256"'))],
  ['a header that is a list', 'header unreadable', make('[]')],
  ['a header that is null', 'header unreadable', make('null')],
  ['a header that is no JSON', 'header unreadable', make('{alg:ES256}')],
  ['something after the header', 'header unreadable', make(`${JSON.stringify(HEADER)}{}`)],
  [
    'a header that is no UTF-8',
    'header unreadable',
    `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${goodClaims}.${goodSignature}`,
  ],
  ['typ at+jwt', 'type', make({ typ: 'at+jwt' })],
  ['typ jwt in small letters', 'type', make({ typ: 'jwt' })],
  ['typ null', 'type', make({ typ: null })],
  ['no kid', 'no key id', make({ kid: undefined })],
  ['an empty kid', 'no key id', make({ kid: '' })],
  ['kid as a number', 'no key id', make({ kid: 1 })],
  // Keys
  ['an unknown kid', 'unknown key', make({ kid: 'other' })],
  ['a kid that is a path', 'unknown key', make({ kid: '../../dev/null' })],
  ['a kid that is a name of JavaScript', 'unknown key', make({ kid: '__proto__' })],
  ['a key for X.509-SVIDs', 'unknown key', make({ kid: 'x509' }, {}, x509Only.privateKey)],
  ['a key for something else', 'unknown key', make({ kid: 'sig' }, {}, x509Only.privateKey)],
  ['a symmetric key of the bundle', 'unknown key', make({ kid: 'oct' })],
  ['a kid that two keys share', 'unknown key', make({ kid: 'twice' })],
  ['a key that was taken out', 'unknown key', make({ kid: 'old' }, {}, old.privateKey)],
  ['a weak key', 'unknown key', make({ kid: 'weak', alg: 'RS256' })],
  ['a federated domain’s key for our subject', 'unknown key', make({ kid: 'federated' }, {}, federated.privateKey)],
  ['our key for a federated subject', 'unknown key', withSub('spiffe://federated.org/a')],
  ['a trust domain with an empty bundle', 'unknown key', withSub('spiffe://empty.org/a')],
  // Subject
  ...(
    [
      ['no subject', undefined],
      ['a subject that is null', null],
      ['a list of subjects', [SUB]],
      ['an empty subject', ''],
      ['a name', 'analyst'],
      ['a URL', 'https://example.org/agent'],
      ['no path', 'spiffe://example.org'],
      ['only a slash', 'spiffe://example.org/'],
      ['two dots', 'spiffe://example.org/agent/../admin'],
      ['a dot', 'spiffe://example.org/./agent'],
      ['an empty segment', 'spiffe://example.org//agent'],
      ['a percent escape', 'spiffe://example.org/%61gent'],
      ['a trust domain in capitals', 'spiffe://EXAMPLE.org/agent'],
      ['a scheme in capitals', 'SPIFFE://example.org/agent'],
      ['a slash at the end', `${SUB}/`],
      ['userinfo', 'spiffe://me@example.org/agent'],
      ['a port', 'spiffe://example.org:8443/agent'],
      ['a query', `${SUB}?a=b`],
      ['a fragment', `${SUB}#a`],
      ['2,049 bytes', longSub(2049)],
      ['a NUL', `${SUB}\0`],
      ['a letter that looks alike', 'spiffe://exаmple.org/agent'],
    ] as const
  ).map(([what, sub]): [string, SvidRefusal, string] => [`subject: ${what}`, 'subject', withSub(sub)]),
  ['a subject of a trust domain nobody knows', 'unknown trust domain', withSub('spiffe://other.org/agent')],
  ['a subject below our trust domain', 'unknown trust domain', withSub('spiffe://sub.example.org/agent')],
  [
    'a subject of a trust domain that ends like ours',
    'unknown trust domain',
    withSub('spiffe://evil-example.org/agent'),
  ],
  // Audience
  ...(
    [
      ['none', undefined],
      ['an empty list', []],
      ['another service', ['spiffe://example.org/other']],
      ['ours and a bit', `${AUD}2`],
      ['ours without its end', AUD.slice(0, -1)],
      ['ours in capitals', AUD.toUpperCase()],
      ['ours in a text with others', `other ${AUD}`],
      ['ours in a list in a list', [[AUD]]],
      ['ours beside a number', [AUD, 7]],
      ['ours beside null', [AUD, null]],
      ['an object', { [AUD]: true }],
      ['an object like a list', { 0: AUD, length: 1 }],
      ['null', null],
    ] as const
  ).map(([what, aud]): [string, SvidRefusal, string] => [`audience: ${what}`, 'audience', withAud(aud)]),
  // Time
  ['no exp', 'expiry', make({}, { exp: undefined })],
  ['exp as text', 'expiry', make({}, { exp: String(at(300)) })],
  ['exp null', 'expiry', make({}, { exp: null })],
  ['exp without end', 'expiry', make({}, JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e999'))],
  ['a negative exp', 'expiry', make({}, { exp: -1 })],
  ['exp in the past', 'expired', make({}, { exp: at(-3600) })],
  ['exp a second past the leeway', 'expired', make({}, { exp: at(-61) })],
  ['nbf in the future', 'not yet valid', make({}, { nbf: at(3600) })],
  ['nbf a second past the leeway', 'not yet valid', make({}, { nbf: at(61) })],
  ['nbf as text', 'not yet valid', make({}, { nbf: '0' })],
  ['iat in the future', 'not yet valid', make({}, { iat: at(3600) })],
  // Claims
  ['sub twice', 'claims unreadable', make({}, claimsText('"sub":"spiffe://example.org/agent/acme/admin/main"'))],
  ['aud twice', 'claims unreadable', make({}, claimsText(`"aud":"${AUD}"`))],
  ['exp twice, once with an escape', 'claims unreadable', make({}, claimsText(`"e\\u0078p":${at(300)}`))],
  ['claims that are a list', 'claims unreadable', make({}, '[]')],
  ['claims that are a text', 'claims unreadable', make({}, '"x"')],
  ['claims that are no JSON', 'claims unreadable', make({}, '{sub}')],
  ['something after the claims', 'claims unreadable', make({}, `${JSON.stringify(CLAIMS)}x`)],
  ['a byte order mark before the claims', 'claims unreadable', make({}, `\uFEFF${JSON.stringify(CLAIMS)}`)],
  [
    'claims that nest without end',
    'claims unreadable',
    make({}, claimsText(`"a":${'['.repeat(2000)}${']'.repeat(2000)}`)),
  ],
];

/** The letter after this one: where the last letter has bits to spare it means the same bytes. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[(letters.indexOf(letter) + 1) % 64]!;
}

describe('a forged JWT-SVID is refused', () => {
  it.each(forged)('%s', async (_, reason, made) => {
    const token = typeof made === 'function' ? await made() : made;
    expect(refusal(token)).toBe(reason);
  });

  it('in the same words, whatever is wrong with it', async () => {
    const messages = new Set<string>();
    for (const [, , made] of forged) {
      const token = typeof made === 'function' ? await made() : made;
      try {
        verify(token);
      } catch (error) {
        messages.add((error as Error).message);
      }
    }
    expect([...messages]).toEqual(['The token is no JWT-SVID that is accepted here.']);
  });

  it('without asking anybody for anything', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const { default: net } = await import('node:net');
    const connected = vi.spyOn(net.Socket.prototype, 'connect');
    for (const [, , made] of forged) refusal(typeof made === 'function' ? await made() : made);
    await new Promise((resolve) => setImmediate(resolve));
    expect([fetched.mock.calls, connected.mock.calls]).toEqual([[], []]);
    vi.restoreAllMocks();
  });

  it('with any one letter changed', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...'ABab01-_.='), (place, letter) => {
        fc.pre(good[place] !== letter);
        expect(refusal(good.slice(0, place) + letter + good.slice(place + 1))).not.toBe('accepted');
      }),
      { numRuns: 500 },
    );
  });
});

it('says who a refused token claims to be, and nothing where it cannot be read', () => {
  const claimed = (token: string) => {
    try {
      verify(token);
    } catch (error) {
      return (error as SvidRefused).claimed;
    }
    return 'accepted';
  };
  expect(claimed(make({}, {}, attacker.privateKey))).toBe(SUB);
  expect(claimed(withSub('spiffe://EXAMPLE.org/a'))).toBeUndefined();
});

it('a private key in a bundle is used as the public one that belongs to it', () => {
  const jwks = JSON.stringify({
    keys: [{ ...p256.privateKey.export({ format: 'jwk' }), kid: 'p256', use: 'jwt-svid' }],
  });
  const own = { jwtBundles: () => new Map([['example.org', jwks]]), subscribe: () => () => {} };
  const { verify: check } = createSvidVerifier({ bundles: [own], audience: AUD, report: () => {} });
  expect(check(good, NOW_SECONDS * 1000).id.id).toBe(SUB);
});
