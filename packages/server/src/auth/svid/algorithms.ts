import { constants, type KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';

/** How one `alg` is checked with Node's own cryptography. */
interface Algorithm {
  digest: 'sha256' | 'sha384' | 'sha512';
  kty: 'EC' | 'RSA';
  /** Of EC keys. */
  crv?: string;
  options: Omit<VerifyKeyObjectInput, 'key'>;
}

const rsa = { padding: constants.RSA_PKCS1_PADDING };
const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const ec = { dsaEncoding: 'ieee-p1363' } as const;

/** RFC 7518, sections 3.3 to 3.5: all that a JWT-SVID may be signed with. Nothing that is not in this table is ever looked at. */
export const algorithms: Readonly<Record<string, Algorithm>> = Object.assign(Object.create(null) as object, {
  RS256: { digest: 'sha256', kty: 'RSA', options: rsa },
  RS384: { digest: 'sha384', kty: 'RSA', options: rsa },
  RS512: { digest: 'sha512', kty: 'RSA', options: rsa },
  ES256: { digest: 'sha256', kty: 'EC', crv: 'P-256', options: ec },
  ES384: { digest: 'sha384', kty: 'EC', crv: 'P-384', options: ec },
  ES512: { digest: 'sha512', kty: 'EC', crv: 'P-521', options: ec },
  PS256: { digest: 'sha256', kty: 'RSA', options: pss(32) },
  PS384: { digest: 'sha384', kty: 'RSA', options: pss(48) },
  PS512: { digest: 'sha512', kty: 'RSA', options: pss(64) },
} satisfies Record<string, Algorithm>);

/** The names of those that a JWK can be for. */
export function algorithmsOf(jwk: { kty?: unknown; crv?: unknown; alg?: unknown }): ReadonlySet<string> {
  const names = Object.keys(algorithms).filter((name) => {
    const { kty, crv } = algorithms[name]!;
    return kty === jwk.kty && (crv === undefined || crv === jwk.crv) && (jwk.alg === undefined || jwk.alg === name);
  });
  return new Set(names);
}

/** Whether a signature is right. `name` is in the table, and the key is of its kind. */
export function isSigned(name: string, key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  const { digest, options } = algorithms[name]!;
  try {
    return verify(digest, signed, { key, ...options }, signature);
  } catch {
    return false;
  }
}
