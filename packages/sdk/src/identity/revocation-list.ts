/**
 * Lists of certificates that were taken back before they expired (CRLs; RFC 5280, section 5). The Workload API may send some beside its
 * bundles. They are used on the safe side: what a list names is refused, whatever else the list says of itself (that it is out of date,
 * or partial); what no list names is accepted, as an operator who sends no lists takes authorities out of the bundle instead.
 */
import { verify } from 'node:crypto';
import { type Certificate, keyUsages } from './certificate.ts';
import { DerError, expectTag, inside, only, readAll, tags } from './der.ts';

export interface RevocationList {
  /** The distinguished name of who signed it, as DER. */
  readonly issuer: Buffer;
  /** Serial numbers in upper-case hex, without zeros in front. */
  readonly serials: ReadonlySet<string>;
  /** The object id of the signature's algorithm, as hex. */
  readonly signatureAlgorithm: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Object id → digest. Lists are signed by the keys that sign certificates; null is for keys that bring their own. */
const digests: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/** The lists of one field of a message. Throws {@link DerError}. */
export function readRevocationLists(concatenated: Buffer): RevocationList[] {
  // A copy: what comes from a message would keep the whole message in memory.
  return readAll(Buffer.from(concatenated)).map(({ all }) => readRevocationList(all));
}

function readRevocationList(der: Buffer): RevocationList {
  const [body, algorithm, signature, ...more] = inside(only(der), tags.sequence);
  if (more.length > 0) throw new DerError('it has more than a revocation list has');
  const bits = expectTag(signature, tags.bitString).content;
  if (bits[0] !== 0) throw new DerError('it has a signature of broken bytes');
  const fields = inside(body, tags.sequence);
  // The version comes first, or is left out.
  const [, issuer, , ...rest] = fields[0]?.tag === tags.integer ? fields.slice(1) : fields;
  // The time of the next list comes before the entries, or is left out.
  const entries = rest.find(({ tag }) => tag === tags.sequence);
  const serials = (entries ? inside(entries, tags.sequence) : []).map((entry) =>
    serialOf(expectTag(inside(entry, tags.sequence)[0], tags.integer).content.toString('hex')),
  );
  const [algorithmId] = inside(algorithm, tags.sequence);
  return {
    issuer: expectTag(issuer, tags.sequence).all,
    serials: new Set(serials),
    signatureAlgorithm: expectTag(algorithmId, tags.objectId).content.toString('hex'),
    signed: expectTag(body, tags.sequence).all,
    signature: bits.subarray(1),
  };
}

const serialOf = (hex: string): string => hex.toUpperCase().replace(/^0+/, '');

/** Which lists an authority has signed. Asked for each certificate, and each signature is checked once. */
const checked = new WeakMap<RevocationList, Map<string, boolean>>();

/** Whether the authority that signed a certificate has taken it back. */
export function isRevoked(child: Certificate, authority: Certificate, lists: readonly RevocationList[]): boolean {
  const serial = serialOf(child.x509.serialNumber);
  return lists.some((list) => list.serials.has(serial) && isOf(list, authority));
}

function isOf(list: RevocationList, authority: Certificate): boolean {
  if (!list.issuer.equals(authority.subject)) return false;
  const known = checked.get(list) ?? new Map<string, boolean>();
  checked.set(list, known);
  const { fingerprint256 } = authority.x509;
  const before = known.get(fingerprint256);
  if (before !== undefined) return before;
  const isSigned = isSignedBy(list, authority);
  known.set(fingerprint256, isSigned);
  return isSigned;
}

function isSignedBy({ signatureAlgorithm, signed, signature }: RevocationList, authority: Certificate): boolean {
  const digest = digests[signatureAlgorithm];
  if (digest === undefined) return false;
  if (authority.keyUsage !== undefined && (authority.keyUsage & keyUsages.crlSign) === 0) return false;
  try {
    return verify(digest, signed, authority.x509.publicKey, signature);
  } catch {
    return false;
  }
}
