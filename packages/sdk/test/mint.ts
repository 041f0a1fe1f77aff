/** Makes X.509 certificates, also those that no authority would sign. Encoded by hand, so that every byte can be wrong on purpose. */
import { createPublicKey, X509Certificate, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** One element of DER. */
export function der(tag: number, ...parts: (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const short = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | short.length]), short, content]);
}

export const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
export const bool = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
export const integer = (value: number) => der(0x02, Buffer.from([value]));

export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first! * 40 + second!];
  for (const part of rest) {
    const digits = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

export const extension = (id: string, critical: boolean, value: Uint8Array) =>
  sequence(oid(id), ...(critical ? [bool(true)] : []), der(0x04, value));

export const uriName = (uri: string) => der(0x86, uri);
export const dnsName = (name: string) => der(0x82, name);
export const alternativeNames = (...names: Uint8Array[]) => extension('2.5.29.17', false, sequence(...names));
export const basicConstraints = (isAuthority: boolean, pathLength?: number) =>
  extension(
    '2.5.29.19',
    true,
    sequence(...(isAuthority ? [bool(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
  );
export const keyUsage = (bits: number) => extension('2.5.29.15', true, der(0x03, Buffer.from([0, bits])));
export const extendedKeyUsage = (...ids: string[]) => extension('2.5.29.37', false, sequence(...ids.map(oid)));
export const nameConstraints = (permitted: Uint8Array[], excluded: Uint8Array[] = []) =>
  extension(
    '2.5.29.30',
    true,
    sequence(
      ...(permitted.length > 0 ? [der(0xa0, ...permitted.map((base) => sequence(base)))] : []),
      ...(excluded.length > 0 ? [der(0xa1, ...excluded.map((base) => sequence(base)))] : []),
    ),
  );
export const uses = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', mail: '1.3.6.1.5.5.7.3.4' } as const;
export const usage = { digitalSignature: 0x80, keyCertSign: 0x04, crlSign: 0x02 } as const;

export const commonName = (name: string) => sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, name))));

const algorithms = {
  sha256: { ec: sequence(oid('1.2.840.10045.4.3.2')), rsa: sequence(oid('1.2.840.113549.1.1.11'), der(0x05)) },
  sha1: { ec: sequence(oid('1.2.840.10045.4.1')), rsa: sequence(oid('1.2.840.113549.1.1.5'), der(0x05)) },
} as const;

export interface Minted {
  /** Distinguished names, as DER. */
  subject: Buffer;
  issuer: Buffer;
  publicKey: KeyObject;
  signWith: KeyObject;
  extensions: Uint8Array[];
  notBefore: number;
  notAfter: number;
  digest?: keyof typeof algorithms;
}

let serials = 0;

export function mint(given: Minted): Buffer {
  const { digest = 'sha256', signWith } = given;
  const algorithm = algorithms[digest][signWith.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'];
  const serial = Buffer.alloc(5);
  serial.writeUInt32BE((serials += 1), 1);
  serial[0] = 1;
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, serial),
    algorithm,
    given.issuer,
    sequence(time(given.notBefore), time(given.notAfter)),
    given.subject,
    given.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...given.extensions)),
  );
  return sequence(body, algorithm, der(0x03, Buffer.from([0]), sign(digest, body, signWith)));
}

/** A list of certificates that were taken back (RFC 5280, section 5.1), as DER. */
export function mintList(
  given: Pick<Minted, 'issuer' | 'signWith'> & { revoked: readonly Uint8Array[]; past?: boolean },
): Buffer {
  const { issuer, signWith, revoked, past = false } = given;
  const algorithm = algorithms.sha256[signWith.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'];
  const at = Date.now() - (past ? 48 : 1) * 3_600_000;
  const entries = revoked.map((certificate) => sequence(serialOf(certificate), time(at)));
  const body = sequence(
    integer(1),
    algorithm,
    issuer,
    time(at),
    time(at + 24 * 3_600_000),
    // DER has no empty list of entries.
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    der(0xa0, sequence(extension('2.5.29.20', false, integer(7)))),
  );
  return sequence(body, algorithm, der(0x03, Buffer.from([0]), sign('sha256', body, signWith)));
}

function serialOf(certificate: Uint8Array): Buffer {
  const hex = new X509Certificate(certificate).serialNumber;
  return der(0x02, Buffer.from(hex, 'hex'));
}

const time = (ms: number) => {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);
  return digits < '2050' ? der(0x17, `${digits.slice(2)}Z`) : der(0x18, `${digits}Z`);
};

export const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const publicOf = (key: KeyObject) => createPublicKey(key);
