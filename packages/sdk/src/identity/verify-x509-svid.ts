/**
 * Whether a certificate chain is an X.509-SVID of somebody: RFC 5280, section 6, and what SPIFFE adds to it.
 * https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
 */
import { limits, parseSpiffeId, type SpiffeId } from '@tallyspan/facts';
import { type Certificate, keyUsages, type Name, nameTags, readCertificate } from './certificate.ts';
import { isRevoked, type RevocationList } from './revocation-list.ts';

/** Whose SVID is accepted. One of the two must be given: a valid SVID says who somebody is, and nothing about what he may do. */
export interface PeerRule {
  /** Everybody of this trust domain, as `example.org`. */
  trustDomain?: string;
  /** Decides by the id. If it throws, the peer is refused. */
  allow?: (id: SpiffeId) => boolean;
}

/** Why a peer is refused. For logs: the peer itself should learn nothing. */
export type PeerRefusal =
  | 'no certificate'
  | 'too many certificates'
  | 'unreadable'
  | 'not exactly one URI'
  | 'no SPIFFE id'
  | 'no path in the SPIFFE id'
  | 'authority as leaf'
  | 'key usage'
  | 'extended key usage'
  | 'unknown critical extension'
  | 'weak key or signature'
  | 'expired or not yet valid'
  | 'unknown trust domain'
  | 'no path to the bundle'
  | 'revoked'
  | 'not allowed';

export type PeerVerdict =
  | { readonly ok: true; readonly id: SpiffeId }
  | { readonly ok: false; readonly reason: PeerRefusal };

/** Trust domain → its authorities. */
export type X509Bundles = ReadonlyMap<string, readonly Certificate[]>;

/** What is known of a moment. */
export interface Circumstances {
  /** Milliseconds since 1970. Default: now. */
  now?: number;
  /** Certificates that authorities have taken back. Default: none. */
  revocations?: readonly RevocationList[];
}

const SERVER_AUTH = '2b06010505070301';
const CLIENT_AUTH = '2b06010505070302';
const ANY_USE = '551d2500';

/** RSA and ECDSA with SHA-2, RSA-PSS, Ed25519; nothing with SHA-1 or MD5. */
const signatureAlgorithms = new Set([
  '2a864886f70d01010b',
  '2a864886f70d01010c',
  '2a864886f70d01010d',
  '2a864886f70d01010a',
  '2a8648ce3d040302',
  '2a8648ce3d040303',
  '2a8648ce3d040304',
  '2b6570',
]);
const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const RSA_BITS_MIN = 2048;

/**
 * Verifies a chain, leaf first, as DER. Only the bundle of the leaf's own trust domain is looked at, and lists that an authority of the
 * chain has signed; what else is known is not. Never throws.
 */
export function verifyX509Svid(
  chain: readonly Uint8Array[],
  bundles: X509Bundles,
  rule: PeerRule,
  { now = Date.now(), revocations = [] }: Circumstances = {},
): PeerVerdict {
  if (chain.length === 0) return refused('no certificate');
  if (chain.length > limits.svidChainMax) return refused('too many certificates');
  try {
    return judge(chain.map(readCertificate) as [Certificate, ...Certificate[]], bundles, rule, { now, revocations });
  } catch {
    return refused('unreadable');
  }
}

function judge(
  [leaf, ...others]: [Certificate, ...Certificate[]],
  bundles: X509Bundles,
  rule: PeerRule,
  { now, revocations }: Required<Circumstances>,
): PeerVerdict {
  const read = readLeaf(leaf);
  if (typeof read === 'string') return refused(read);
  if (!isStrong(leaf)) return refused('weak key or signature');
  if (!isTimely(leaf, now)) return refused('expired or not yet valid');
  const anchors = bundles.get(read.trustDomain);
  if (anchors === undefined) return refused('unknown trust domain');
  const leads = (lists: readonly RevocationList[]) =>
    hasPath([leaf], new Set(others), anchors, { now, revocations: lists });
  if (!leads(revocations)) return refused(revocations.length > 0 && leads([]) ? 'revoked' : 'no path to the bundle');
  return isAllowed(rule, read) ? { ok: true, id: read } : refused('not allowed');
}

const refused = (reason: PeerRefusal): PeerVerdict => ({ ok: false, reason });

/** The SPIFFE id of a leaf, or why it is no SVID. Also asked of our own. */
export function readLeaf(leaf: Certificate): SpiffeId | PeerRefusal {
  const uris = leaf.names.filter(({ tag }) => tag === nameTags.uri);
  if (uris.length !== 1) return 'not exactly one URI';
  const id = parseSpiffeId(uris[0]!.value.toString('latin1'));
  if (id === undefined) return 'no SPIFFE id';
  if (id.path === '') return 'no path in the SPIFFE id';
  if (leaf.isAuthority) return 'authority as leaf';
  const usage = leaf.keyUsage ?? 0;
  if ((usage & keyUsages.digitalSignature) === 0) return 'key usage';
  if ((usage & (keyUsages.keyCertSign | keyUsages.crlSign)) !== 0) return 'key usage';
  if (!servesBoth(leaf)) return 'extended key usage';
  return leaf.isBeyondUs ? 'unknown critical extension' : id;
}

/** A SPIFFE certificate that says what it is for is for both ends of a connection. */
function servesBoth({ extendedKeyUsage: uses }: Certificate): boolean {
  return uses === undefined || uses.includes(ANY_USE) || (uses.includes(SERVER_AUTH) && uses.includes(CLIENT_AUTH));
}

function isTimely({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore <= now && now <= notAfter;
}

function isStrong({ x509, signatureAlgorithm }: Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = x509.publicKey;
  const isKeyStrong =
    type === 'ed25519' ||
    (type === 'ec' && curves.has(details.namedCurve ?? '')) ||
    ((type === 'rsa' || type === 'rsa-pss') && (details.modulusLength ?? 0) >= RSA_BITS_MIN);
  return isKeyStrong && signatureAlgorithms.has(signatureAlgorithm);
}

/**
 * Goes up from the last of `path`, first to the authorities that are trusted, then over the certificates that came along. Each of those
 * is stepped on once: certificates that all sign each other would otherwise make thousands of paths.
 */
function hasPath(
  path: readonly Certificate[],
  others: Set<Certificate>,
  anchors: readonly Certificate[],
  moment: Required<Circumstances>,
): boolean {
  const child = path.at(-1)!;
  const isAbove = (authority: Certificate) =>
    authority.subject.equals(child.issuer) &&
    maySign(authority, path, moment.now) &&
    isSignedBy(child, authority) &&
    !isRevoked(child, authority, moment.revocations);
  if (anchors.some(isAbove)) return true;
  for (const other of others) {
    if (!isStrong(other) || !isAbove(other)) continue;
    others.delete(other);
    if (hasPath([...path, other], others, anchors, moment)) return true;
  }
  return false;
}

function isSignedBy(child: Certificate, authority: Certificate): boolean {
  try {
    return child.x509.verify(authority.x509.publicKey);
  } catch {
    return false;
  }
}

/** Whether a certificate is an authority for all that is below it. `path` begins with the leaf, which does not count as a step. */
function maySign(authority: Certificate, path: readonly Certificate[], now: number): boolean {
  if (!authority.isAuthority || authority.isBeyondUs || !isTimely(authority, now) || !servesBoth(authority))
    return false;
  if (authority.keyUsage !== undefined && (authority.keyUsage & keyUsages.keyCertSign) === 0) return false;
  // A step that issued itself, as when keys change, does not count (RFC 5280, section 4.2.1.9).
  const steps = path.slice(1).filter(({ issuer, subject }) => !issuer.equals(subject)).length;
  if (authority.pathLengthMax !== undefined && steps > authority.pathLengthMax) return false;
  // An authority's own id is that of a trust domain.
  if (authority.names.some(({ tag, value }) => tag === nameTags.uri && parseSpiffeId(value.toString('latin1'))?.path))
    return false;
  return path.every((below) => isWithin(below, authority.nameConstraints));
}

/** Whether all names of a certificate lie within name constraints. A kind of name that is constrained and not understood here does not. */
function isWithin(certificate: Certificate, constraints: Certificate['nameConstraints']): boolean {
  if (constraints === undefined) return true;
  const { permitted, excluded } = constraints;
  const hasSubject = certificate.subject.length > 2;
  const names: Name[] = hasSubject
    ? [...certificate.names, { tag: nameTags.directory, value: certificate.subject }]
    : [...certificate.names];
  return names.every((name) => {
    const matches = (base: Name) => base.tag === name.tag && liesIn(name, base);
    const ofKind = permitted.filter(({ tag }) => tag === name.tag);
    const canJudge = name.tag === nameTags.uri || name.tag === nameTags.dns;
    if (!canJudge) return ofKind.length === 0 && !excluded.some(({ tag }) => tag === name.tag);
    return !excluded.some(matches) && (ofKind.length === 0 || ofKind.some(matches));
  });
}

/** RFC 5280, section 4.2.1.10: for a URI the host, or with a dot in front all hosts below it; for a DNS name it and all below it. */
function liesIn(name: Name, base: Name): boolean {
  const text = name.value.toString('latin1').toLowerCase();
  const limit = base.value.toString('latin1').toLowerCase();
  if (name.tag === nameTags.dns) return limit === '' || text === limit || text.endsWith(`.${limit.replace(/^\./, '')}`);
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  return limit.startsWith('.') ? host.endsWith(limit) && host.length > limit.length : host === limit;
}

function isAllowed({ trustDomain, allow }: PeerRule, id: SpiffeId): boolean {
  if (trustDomain === undefined && allow === undefined) return false;
  if (trustDomain !== undefined && trustDomain !== id.trustDomain) return false;
  try {
    return allow === undefined || allow(id) === true;
  } catch {
    return false;
  }
}
