import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Authority,
  authorityExtensions,
  type Issued,
  leafExtensions,
  makeAuthority,
} from '../../test/authority.ts';
import {
  alternativeNames,
  basicConstraints,
  bool,
  commonName,
  der,
  dnsName,
  ecKey,
  extendedKeyUsage,
  extension,
  integer,
  keyUsage,
  mint,
  mintList,
  nameConstraints,
  publicOf,
  sequence,
  uriName,
  usage,
  uses,
} from '../../test/mint.ts';
import { limits } from '@tallyspan/facts';
import { type Certificate, readCertificate } from './certificate.ts';
import { readRevocationLists, type RevocationList } from './revocation-list.ts';
import {
  type Circumstances,
  type PeerRule,
  type PeerRefusal,
  type PeerVerdict,
  verifyX509Svid,
  type X509Bundles,
} from './verify-x509-svid.ts';

const HOUR_MS = 3_600_000;
const ours = makeAuthority('example.org');
const theirs = makeAuthority('other.org');
const bundlesOf = (...authorities: Authority[]): X509Bundles =>
  new Map(authorities.map(({ trustDomain, der: certificate }) => [trustDomain, [readCertificate(certificate)]]));
const both = bundlesOf(ours, theirs);
const anybody: PeerRule = { allow: () => true };
const id = 'spiffe://example.org/agent/a';

const verify = (
  { certificates }: Pick<Issued, 'certificates'>,
  { bundles = both, rule = anybody, revocations = [] }: Circumstances & { bundles?: X509Bundles; rule?: PeerRule } = {},
): PeerVerdict => verifyX509Svid(certificates, bundles, rule, { revocations });
const withExtensions = (...extensions: Buffer[]) => ours.issue('/agent/a', { extensions });
/** The extensions of a good leaf, without the n-th, and with others. */
const leafBut = (index: number, ...others: Buffer[]) =>
  withExtensions(...leafExtensions(id).toSpliced(index, 1, ...others));
const [CONSTRAINTS, USAGE, EXTENDED, NAMES] = [0, 1, 2, 3];
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;

describe('an X.509-SVID is accepted', () => {
  it('from the authority of its trust domain, and says who it is', () => {
    expect(verify(ours.issue('/agent/a'))).toEqual({
      ok: true,
      id: { id, trustDomain: 'example.org', path: '/agent/a' },
    });
    expect(verify(theirs.issue('/b'))).toMatchObject({ ok: true, id: { trustDomain: 'other.org' } });
  });

  it('over authorities in between, in any order', () => {
    const { certificates } = ours.below('one').below('two').below('three').issue('/agent/a');
    // An authority hands out itself; those above it must be added.
    expect(certificates).toHaveLength(2);
    const one = ours.below('one');
    const two = one.below('two');
    const [leaf] = two.issue('/agent/a').certificates;
    expect(verify({ certificates: [leaf!, two.der, one.der] })).toMatchObject({ ok: true });
    expect(verify({ certificates: [leaf!, one.der, two.der] })).toMatchObject({ ok: true });
    expect(verify({ certificates: [leaf!, one.der] })).toEqual({ ok: false, reason: 'no path to the bundle' });
  });

  it('without extended key usage, with DNS names, with RSA, and with an authority that is itself signed by another', () => {
    expect(verify(leafBut(EXTENDED))).toMatchObject({ ok: true });
    expect(verify(leafBut(NAMES, alternativeNames(dnsName('a.example.org'), uriName(id))))).toMatchObject({ ok: true });
    expect(verify(ours.issue('/agent/a', { key: rsa(2048) }))).toMatchObject({ ok: true });
    const below = ours.below('one');
    expect(verify(below.issue('/agent/a'), { bundles: bundlesOf(below) })).toMatchObject({ ok: true });
  });

  it('by whom the rule allows', () => {
    const svid = ours.issue('/agent/a');
    expect(verify(svid, { rule: { trustDomain: 'example.org' } })).toMatchObject({ ok: true });
    expect(verify(svid, { rule: { trustDomain: 'other.org' } })).toEqual({ ok: false, reason: 'not allowed' });
    expect(verify(svid, { rule: { allow: ({ path }) => path === '/agent/a' } })).toMatchObject({ ok: true });
    const refused: PeerRule[] = [{}, { allow: () => false }, { trustDomain: 'example.org', allow: () => false }];
    refused.push({ allow: () => { throw new Error('no'); } }, { allow: () => 'yes' as unknown as boolean }); // prettier-ignore
    for (const rule of refused) expect(verify(svid, { rule })).toEqual({ ok: false, reason: 'not allowed' });
  });

  it('within the name constraints of its authority', () => {
    const constrained = (permitted: Buffer[], excluded: Buffer[] = []) =>
      ours.below('constrained', {
        extensions: [...authorityExtensions('example.org'), nameConstraints(permitted, excluded)],
      });
    expect(verify(constrained([uriName('example.org')]).issue('/agent/a'))).toMatchObject({ ok: true });
    expect(verify(constrained([], [uriName('other.org'), uriName('.example.org')]).issue('/agent/a'))).toMatchObject({
      ok: true,
    });
    const above = constrained([uriName('.example.org')]);
    const chain = [...makeAuthority('eu.example.org', {}, above).issue('/a').certificates, above.der];
    const bundles = new Map([['eu.example.org', [readCertificate(ours.der)]]]);
    expect(verify({ certificates: chain }, { bundles })).toMatchObject({ ok: true });
  });
});

/** Everything that is no SVID, or not one of whom it says. */
const forged: [string, PeerRefusal, () => Pick<Issued, 'certificates'>][] = [
  ['no certificate at all', 'no certificate', () => ({ certificates: [] })],
  ['no certificate but bytes', 'unreadable', () => ({ certificates: [Buffer.from('certificate')] })],
  ['an empty sequence', 'unreadable', () => ({ certificates: [sequence()] })],
  [
    'bytes after the certificate',
    'unreadable',
    () => ({ certificates: [Buffer.concat([ours.issue('/a').certificates[0]!, Buffer.from([0])])] }),
  ],
  ['no URI', 'not exactly one URI', () => leafBut(NAMES)],
  ['only a DNS name', 'not exactly one URI', () => leafBut(NAMES, alternativeNames(dnsName('example.org')))],
  ['the id as DNS name', 'not exactly one URI', () => leafBut(NAMES, alternativeNames(dnsName(id)))],
  ['two URIs', 'not exactly one URI', () => leafBut(NAMES, alternativeNames(uriName(id), uriName(`${id}2`)))],
  [
    'two URIs, one of them no SPIFFE id',
    'not exactly one URI',
    () => leafBut(NAMES, alternativeNames(uriName(id), uriName('https://example.org'))),
  ],
  ['the same URI twice', 'not exactly one URI', () => leafBut(NAMES, alternativeNames(uriName(id), uriName(id)))],
  [
    'two extensions with names',
    'unreadable',
    () => withExtensions(...leafExtensions(id), alternativeNames(uriName(id))),
  ],
  ['an https URI', 'no SPIFFE id', () => leafBut(NAMES, alternativeNames(uriName('https://example.org/agent/a')))],
  ['a port in the id', 'no SPIFFE id', () => leafBut(NAMES, alternativeNames(uriName('spiffe://example.org:1/a')))],
  [
    'a NUL in the id',
    'no SPIFFE id',
    () => leafBut(NAMES, alternativeNames(uriName('spiffe://example.org/a\0.other.org'))),
  ],
  [
    'a trust domain in capitals',
    'no SPIFFE id',
    () => leafBut(NAMES, alternativeNames(uriName('spiffe://EXAMPLE.org/a'))),
  ],
  [
    'only a trust domain',
    'no path in the SPIFFE id',
    () => leafBut(NAMES, alternativeNames(uriName('spiffe://example.org'))),
  ],
  ['cA=true', 'authority as leaf', () => leafBut(CONSTRAINTS, basicConstraints(true))],
  ['cA=true and a path length', 'authority as leaf', () => leafBut(CONSTRAINTS, basicConstraints(true, 0))],
  ['the authority itself', 'no path in the SPIFFE id', () => ({ certificates: [ours.der] })],
  ['keyCertSign', 'key usage', () => leafBut(USAGE, keyUsage(usage.digitalSignature | usage.keyCertSign))],
  ['cRLSign', 'key usage', () => leafBut(USAGE, keyUsage(usage.digitalSignature | usage.crlSign))],
  ['no digitalSignature', 'key usage', () => leafBut(USAGE, keyUsage(0x20))],
  ['no key usage', 'key usage', () => leafBut(USAGE)],
  ['only the use of a server', 'extended key usage', () => leafBut(EXTENDED, extendedKeyUsage(uses.server))],
  ['only the use of a client', 'extended key usage', () => leafBut(EXTENDED, extendedKeyUsage(uses.client))],
  ['the use for mail', 'extended key usage', () => leafBut(EXTENDED, extendedKeyUsage(uses.mail))],
  [
    'a critical extension nobody knows',
    'unknown critical extension',
    () => withExtensions(...leafExtensions(id), extension('1.2.3.4', true, der(0x05))),
  ],
  ['a date past', 'expired or not yet valid', () => ours.issue('/agent/a', { notAfter: Date.now() - 1000 })],
  ['a date to come', 'expired or not yet valid', () => ours.issue('/agent/a', { notBefore: Date.now() + 10_000 })],
  ['an RSA key of 1024 bits', 'weak key or signature', () => ours.issue('/agent/a', { key: rsa(1024) })],
  [
    'a curve that is not for TLS',
    'weak key or signature',
    () => ours.issue('/agent/a', { key: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey }),
  ],
  ['a signature with SHA-1', 'weak key or signature', () => ours.issue('/agent/a', { digest: 'sha1' })],
  ['a trust domain without bundle', 'unknown trust domain', () => makeAuthority('third.org').issue('/a')],
  [
    'its own signature',
    'no path to the bundle',
    () => {
      const key = ecKey();
      return ours.issue('/agent/a', { key, signWith: key, issuer: commonName('workload') });
    },
  ],
  [
    'its own signature in the name of the authority',
    'no path to the bundle',
    () => {
      const key = ecKey();
      return ours.issue('/agent/a', { key, signWith: key });
    },
  ],
  ['another domain’s authority', 'no path to the bundle', () => theirs.issue('/b', { extensions: leafExtensions(id) })],
  [
    'another domain’s authority, that brings itself along',
    'no path to the bundle',
    () => ({
      certificates: [...theirs.issue('/b', { extensions: leafExtensions(id) }).certificates, theirs.der],
    }),
  ],
  [
    'an authority of the same name with another key',
    'no path to the bundle',
    () => makeAuthority('example.org').issue('/agent/a'),
  ],
  [
    'a changed byte',
    'no path to the bundle',
    () => {
      const [leaf] = ours.issue('/agent/a').certificates;
      return { certificates: [Buffer.from(leaf!.toString('latin1').replace('agent/a', 'agent/b'), 'latin1')] };
    },
  ],
  [
    'a workload as authority',
    'no path to the bundle',
    () => {
      const workload = ours.issue('/agent/a');
      const below = mint({
        subject: commonName('below'),
        issuer: commonName('workload'),
        publicKey: publicOf(ecKey()),
        signWith: workload.key,
        extensions: leafExtensions('spiffe://example.org/agent/admin'),
        notBefore: Date.now() - HOUR_MS,
        notAfter: Date.now() + HOUR_MS,
      });
      return { certificates: [below, workload.certificates[0]!] };
    },
  ],
  [
    'an authority without keyCertSign',
    'no path to the bundle',
    () => ours.below('x', { extensions: [basicConstraints(true), keyUsage(usage.digitalSignature)] }).issue('/agent/a'),
  ],
  [
    'an authority without cA',
    'no path to the bundle',
    () => ours.below('x', { extensions: [basicConstraints(false), keyUsage(usage.keyCertSign)] }).issue('/agent/a'),
  ],
  [
    'an authority that has expired',
    'no path to the bundle',
    () => ours.below('x', { notAfter: Date.now() - 1000 }).issue('/agent/a'),
  ],
  [
    'an authority with the id of a workload',
    'no path to the bundle',
    () =>
      ours
        .below('x', {
          extensions: [basicConstraints(true), keyUsage(usage.keyCertSign), alternativeNames(uriName(id))],
        })
        .issue('/agent/a'),
  ],
  [
    'an authority signed with SHA-1',
    'no path to the bundle',
    () => ours.below('x', { digest: 'sha1' }).issue('/agent/a'),
  ],
  [
    'an authority for mail only',
    'no path to the bundle',
    () =>
      ours
        .below('x', { extensions: [...authorityExtensions('example.org'), extendedKeyUsage(uses.mail)] })
        .issue('/agent/a'),
  ],
  [
    'an authority with a critical extension nobody knows',
    'no path to the bundle',
    () =>
      ours
        .below('x', { extensions: [...authorityExtensions('example.org'), extension('1.2.3.4', true, der(0x05))] })
        .issue('/agent/a'),
  ],
  [
    'too long a path',
    'no path to the bundle',
    () => {
      const short = ours.below('short', { extensions: [basicConstraints(true, 0), keyUsage(usage.keyCertSign)] });
      return { certificates: [...short.below('more').issue('/agent/a').certificates, short.der] };
    },
  ],
  ...(
    [
      ['permitted is another trust domain', [uriName('other.org')], []],
      ['permitted are only those below', [uriName('.example.org')], []],
      ['it is excluded', [], [uriName('example.org')]],
      ['subjects are constrained, which is not understood', [der(0xa4, commonName('x'))], []],
    ] as const
  ).map(([what, permitted, excluded]): [string, PeerRefusal, () => Issued] => [
    `name constraints: ${what}`,
    'no path to the bundle',
    () =>
      ours
        .below('x', {
          extensions: [...authorityExtensions('example.org'), nameConstraints([...permitted], [...excluded])],
        })
        .issue('/agent/a'),
  ]),
  [
    'name constraints with bounds',
    'unreadable',
    () => {
      const bounded = extension(
        '2.5.29.30',
        true,
        sequence(der(0xa0, sequence(uriName('example.org'), der(0x80, Buffer.from([1]))))),
      );
      return ours.below('x', { extensions: [...authorityExtensions('example.org'), bounded] }).issue('/agent/a');
    },
  ],
  [
    'a DNS name outside of name constraints',
    'no path to the bundle',
    () =>
      ours
        .below('x', { extensions: [...authorityExtensions('example.org'), nameConstraints([dnsName('example.org')])] })
        .issue('/agent/a', {
          extensions: leafExtensions(id).toSpliced(3, 1, alternativeNames(dnsName('evil.org'), uriName(id))),
        }),
  ],
];

describe('no X.509-SVID is one with', () => {
  it.each(forged)('%s', (_, reason, make) => {
    expect(verify(make())).toEqual({ ok: false, reason });
  });

  it('more certificates than a chain may have', () => {
    const { certificates } = ours.below('one').issue('/agent/a');
    const filled = (length: number) => [...certificates, ...Array<Buffer>(length - 2).fill(theirs.der)];
    expect(verify({ certificates: filled(limits.svidChainMax) })).toMatchObject({ ok: true });
    expect(verify({ certificates: filled(limits.svidChainMax + 1) })).toEqual({
      ok: false,
      reason: 'too many certificates',
    });
  });

  it('an empty bundle, whoever else is trusted', () => {
    const bundles = new Map<string, Certificate[]>([...both, ['example.org', []]] as [string, Certificate[]][]);
    expect(verify(ours.issue('/agent/a'), { bundles })).toEqual({ ok: false, reason: 'no path to the bundle' });
  });

  it('an authority that was taken out of the bundle', () => {
    const next = makeAuthority('example.org');
    const svid = ours.issue('/agent/a');
    expect(verify(svid)).toMatchObject({ ok: true });
    expect(verify(svid, { bundles: bundlesOf(next) })).toEqual({ ok: false, reason: 'no path to the bundle' });
  });

  const listOf = (authority: Authority, revoked: Buffer[], given: { past?: boolean; signWith?: KeyObject } = {}) =>
    readRevocationLists(mintList({ issuer: authority.subject, signWith: authority.key, revoked, ...given }));
  const between = ours.below('between');
  const [good, bad, below] = [ours.issue('/agent/a'), ours.issue('/agent/a'), between.issue('/agent/a')];
  it.each<[string, Issued, RevocationList[]]>([
    ['a leaf that its authority took back', bad, listOf(ours, [bad.certificates[0]!])],
    ['one that an old list names', bad, listOf(ours, [bad.certificates[0]!], { past: true })],
    ['one that the second of two lists names', bad, [...listOf(ours, []), ...listOf(ours, [bad.certificates[0]!])]],
    ['an authority in between that was taken back, and all below it', below, listOf(ours, [between.der])],
    ['a leaf that an authority in between took back', below, listOf(between, [below.certificates[0]!])],
  ])('%s', (_, svid, revocations) => {
    expect(verify(svid, { revocations })).toEqual({ ok: false, reason: 'revoked' });
    expect([verify(svid).ok, verify(good, { revocations }).ok]).toEqual([true, true]);
  });

  it.each<[string, RevocationList[]]>([
    ['another trust domain', listOf(theirs, [bad.certificates[0]!])],
    ['somebody who says that he is the authority', listOf(ours, [bad.certificates[0]!], { signWith: theirs.key })],
    ['an authority that signed another certificate', listOf(between, [bad.certificates[0]!])],
  ])('nothing that was taken back by %s', (_, revocations) => {
    expect(verify(bad, { revocations })).toMatchObject({ ok: true });
  });

  it('lists cut anywhere are unreadable, and one changed byte takes nobody else back', () => {
    const list = mintList({ issuer: ours.subject, signWith: ours.key, revoked: [bad.certificates[0]!] });
    for (let end = 1; end < list.length; end++)
      expect(() => readRevocationLists(list.subarray(0, end))).toThrow(/^it /);
    for (let at = 0; at < list.length; at++) {
      const changed = Buffer.from(list);
      changed[at]! ^= 1;
      const read = (): RevocationList[] => {
        try {
          return readRevocationLists(changed);
        } catch {
          return [];
        }
      };
      expect(verify(good, { revocations: read() })).toMatchObject({ ok: true });
    }
  });

  it('an authority in the bundle that has expired', () => {
    const old = makeAuthority('example.org', { notAfter: Date.now() - 1000 });
    expect(verify(old.issue('/agent/a'), { bundles: bundlesOf(old) })).toMatchObject({ ok: false });
  });

  it('certificates that all sign each other are looked at once each', () => {
    // The same name and key five times: every one is above every other.
    const loop = makeAuthority('example.org');
    const again = Array.from({ length: 6 }, () =>
      mint({
        subject: loop.subject,
        issuer: loop.subject,
        publicKey: createPublicKey(loop.key),
        signWith: loop.key,
        extensions: authorityExtensions('example.org'),
        notBefore: Date.now() - HOUR_MS,
        notAfter: Date.now() + HOUR_MS,
      }),
    );
    expect(verify({ certificates: [...loop.issue('/agent/a').certificates, ...again] })).toMatchObject({ ok: false });
  });
});

describe('bytes that are no certificate', () => {
  const [leaf] = ours.issue('/agent/a').certificates;

  it('never throw, and one changed byte is never accepted', () => {
    fc.assert(
      fc.property(fc.nat(leaf!.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(leaf!);
        changed[at]! ^= change;
        expect(verify({ certificates: [changed] }).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('cut anywhere are unreadable', () => {
    for (let length = 0; length < leaf!.length; length++)
      expect(verify({ certificates: [leaf!.subarray(0, length)] })).toEqual({ ok: false, reason: 'unreadable' });
  });

  it.each([
    ['a length in a long form', Buffer.from([0x30, 0x81, 0x02, 0x05, 0x00])],
    ['a length without end', Buffer.from([0x30, 0x80, 0x00, 0x00])],
    ['a tag of several bytes', Buffer.from([0x3f, 0x81, 0x01, 0x00])],
    ['a length of five bytes', Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1, 0])],
    [
      'a boolean that is neither',
      leafBut(CONSTRAINTS, extension('2.5.29.19', true, sequence(der(0x01, Buffer.from([1]))))),
    ],
    [
      'a negative path length',
      leafBut(CONSTRAINTS, extension('2.5.29.19', true, sequence(bool(true), der(0x02, Buffer.from([0xff]))))),
    ],
    [
      'an integer in a long form',
      leafBut(CONSTRAINTS, extension('2.5.29.19', true, sequence(bool(true), der(0x02, Buffer.from([0, 1]))))),
    ],
    ['key usage without bits', leafBut(USAGE, extension('2.5.29.15', true, der(0x03, Buffer.from([0]))))],
    ['names that are a number', leafBut(NAMES, extension('2.5.29.17', false, integer(1)))],
  ])('%s is unreadable', (_, made) => {
    expect(verify({ certificates: Buffer.isBuffer(made) ? [made] : made.certificates })).toEqual({
      ok: false,
      reason: 'unreadable',
    });
  });
});
