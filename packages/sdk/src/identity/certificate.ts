/**
 * What of an X.509 certificate decides whether it is an SVID. Node's own `X509Certificate` checks signatures; it tells basic constraints,
 * key usage and name constraints not at all, the names as one text that is easy to misread, and dates only from Node 22 on. So these
 * few fields are read from the DER itself (RFC 5280, section 4).
 */
import { X509Certificate } from 'node:crypto';
import { type Der, DerError, expectTag, inside, only, readAll, readBoolean, readCount, readTime, tags } from './der.ts';

/** A GeneralName: its tag says which kind. */
export interface Name {
  readonly tag: number;
  readonly value: Buffer;
}

export const nameTags = { dns: 0x82, directory: 0xa4, uri: 0x86 } as const;

export interface Certificate {
  readonly der: Buffer;
  /** For keys and signatures. */
  readonly x509: X509Certificate;
  /** The distinguished names, as DER. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Of the subject alternative name. */
  readonly names: readonly Name[];
  readonly isAuthority: boolean;
  /** How many authorities may follow below it. */
  readonly pathLengthMax: number | undefined;
  /** The bits of key usage, the first one highest; undefined without the extension. */
  readonly keyUsage: number | undefined;
  /** Object ids as hex; undefined without the extension. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly nameConstraints: { readonly permitted: readonly Name[]; readonly excluded: readonly Name[] } | undefined;
  /** The object id of the signature's algorithm, as hex. */
  readonly signatureAlgorithm: string;
  /** A critical extension that is not understood here: then the certificate may not be used. */
  readonly isBeyondUs: boolean;
}

export const keyUsages = { digitalSignature: 0x80, keyCertSign: 0x04, crlSign: 0x02 } as const;

/** Object ids below 2.5.29, as hex. */
const extensionIds = {
  subjectAlternativeName: '551d11',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  nameConstraints: '551d1e',
  /** Nothing here asks for a policy, so that there is nothing to process. */
  certificatePolicies: '551d20',
} as const;
const known = new Set<string>(Object.values(extensionIds));

/** The certificates of a Workload API message, which stand one after the other. Throws {@link DerError} or what OpenSSL says. */
export function readCertificates(concatenated: Uint8Array): Certificate[] {
  const bytes = Buffer.from(concatenated.buffer, concatenated.byteOffset, concatenated.byteLength);
  return readAll(bytes).map(({ all }) => readCertificate(all));
}

export function readCertificate(der: Uint8Array): Certificate {
  // A copy: what comes from a message would keep the whole message in memory.
  const bytes = Buffer.from(der);
  const [body, algorithm, signature, ...more] = inside(only(bytes), tags.sequence);
  if (more.length > 0) throw new DerError('it has more than a certificate has');
  expectTag(signature, tags.bitString);
  const fields = inside(body, tags.sequence);
  // `[0]` is the version; without it there are no extensions, and no SVID.
  expectTag(fields[0], 0xa0);
  const [serial, , issuer, validity, subject, key, ...rest] = fields.slice(1);
  expectTag(serial, tags.integer);
  expectTag(key, tags.sequence);
  const [from, to] = inside(validity, tags.sequence);
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa3));
  const basic = readBasicConstraints(extensions.value('basicConstraints'));
  return {
    der: bytes,
    x509: new X509Certificate(bytes),
    issuer: expectTag(issuer, tags.sequence).all,
    subject: expectTag(subject, tags.sequence).all,
    notBefore: readTime(from),
    notAfter: readTime(to),
    names: inside(extensions.value('subjectAlternativeName') ?? empty, tags.sequence).map(nameOf),
    ...basic,
    keyUsage: readKeyUsage(extensions.value('keyUsage')),
    extendedKeyUsage: readExtendedKeyUsage(extensions.value('extendedKeyUsage')),
    nameConstraints: readNameConstraints(extensions.value('nameConstraints')),
    signatureAlgorithm: objectId(inside(algorithm, tags.sequence)[0]),
    isBeyondUs: extensions.isBeyondUs,
  };
}

const empty: Der = { tag: tags.sequence, all: Buffer.from([0x30, 0]), content: Buffer.alloc(0) };
const objectId = (element: Der | undefined) => expectTag(element, tags.objectId).content.toString('hex');
const nameOf = ({ tag, content }: Der): Name => ({ tag, value: content });

/** Extension ::= SEQUENCE { id, critical BOOLEAN DEFAULT FALSE, value OCTET STRING }. One that comes twice makes the certificate unreadable. */
function readExtensions(wrapper: Der | undefined) {
  const values = new Map<string, Der>();
  let isBeyondUs = false;
  for (const extension of wrapper ? inside(only(wrapper.content), tags.sequence) : []) {
    const [id, second, third, ...more] = inside(extension, tags.sequence);
    if (more.length > 0) throw new DerError('it has an extension with too many parts');
    const critical = third !== undefined && second !== undefined && readBoolean(second);
    const name = objectId(id);
    if (values.has(name)) throw new DerError('it has an extension twice');
    const { content } = expectTag(third ?? second, tags.octetString);
    if (known.has(name)) values.set(name, only(content));
    else {
      values.set(name, empty);
      isBeyondUs ||= critical;
    }
  }
  return { value: (name: keyof typeof extensionIds) => values.get(extensionIds[name]), isBeyondUs };
}

function readBasicConstraints(value: Der | undefined): Pick<Certificate, 'isAuthority' | 'pathLengthMax'> {
  const parts = value ? inside(value, tags.sequence) : [];
  const isAuthority = parts[0]?.tag === tags.boolean && readBoolean(parts[0]);
  const length = parts.find(({ tag }) => tag === tags.integer);
  return { isAuthority, pathLengthMax: length && readCount(length) };
}

function readKeyUsage(value: Der | undefined): number | undefined {
  if (value === undefined) return undefined;
  const { content } = expectTag(value, tags.bitString);
  // The first byte says how many of the last bits are unused. The ninth bit, decipherOnly, means nothing here.
  if (content.length < 2 || content[0]! > 7) throw new DerError('it has no key usage');
  return content[1]!;
}

function readExtendedKeyUsage(value: Der | undefined): string[] | undefined {
  return value && inside(value, tags.sequence).map(objectId);
}

/** NameConstraints ::= SEQUENCE { [0] permitted, [1] excluded }, each a list of { base, [0] minimum, [1] maximum }. */
function readNameConstraints(value: Der | undefined): Certificate['nameConstraints'] {
  if (value === undefined) return undefined;
  const parts = inside(value, tags.sequence);
  const bases = (tag: number) =>
    readAll(parts.find((part) => part.tag === tag)?.content ?? Buffer.alloc(0)).map((subtree) => {
      const [base, ...bounds] = inside(subtree, tags.sequence);
      // RFC 5280 has no use for them, and DER leaves a minimum of 0 out.
      if (base === undefined || bounds.length > 0) throw new DerError('it has a name constraint with bounds');
      return nameOf(base);
    });
  return { permitted: bases(0xa0), excluded: bases(0xa1) };
}
