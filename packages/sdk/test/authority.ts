/** A trust domain's authority, as SPIRE's server is one: certificates and tokens that are right, and all the means to make wrong ones. */
import type { KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import {
  alternativeNames,
  basicConstraints,
  commonName,
  ecKey,
  extendedKeyUsage,
  keyUsage,
  mint,
  type Minted,
  publicOf,
  uriName,
  usage,
  uses,
} from './mint.ts';

const HOUR_MS = 3_600_000;

export interface Issued {
  /** DER, leaf first. */
  certificates: Buffer[];
  key: KeyObject;
}

export interface Authority {
  trustDomain: string;
  der: Buffer;
  key: KeyObject;
  subject: Buffer;
  /** An SVID for a path as `/agent/a`. What is given stands in for what would be right. */
  issue(path: string, given?: Partial<Minted> & { key?: KeyObject }): Issued;
  /** A further authority below this one. */
  below(name: string, given?: Partial<Minted>): Authority;
  /** A JWT-SVID that expires after so many seconds. */
  jwt(spiffeId: string, audience: string[], seconds?: number): Promise<string>;
  /** The JWT bundle. */
  jwks(): Promise<string>;
}

/** What an SVID has in its extensions. */
export const leafExtensions = (spiffeId: string) => [
  basicConstraints(false),
  keyUsage(usage.digitalSignature),
  extendedKeyUsage(uses.server, uses.client),
  alternativeNames(uriName(spiffeId)),
];

export const authorityExtensions = (trustDomain: string) => [
  basicConstraints(true),
  keyUsage(usage.keyCertSign | usage.crlSign),
  alternativeNames(uriName(`spiffe://${trustDomain}`)),
];

export function makeAuthority(trustDomain: string, given: Partial<Minted> = {}, parent?: Authority): Authority {
  const key = ecKey();
  const jwtKey = ecKey();
  const kid = `key-of-${trustDomain}`;
  const subject = given.subject ?? commonName(`authority of ${trustDomain}${parent ? ' below' : ''}`);
  const validity = () => ({ notBefore: Date.now() - HOUR_MS, notAfter: Date.now() + HOUR_MS });
  const certificate = mint({
    subject,
    issuer: parent?.subject ?? subject,
    publicKey: publicOf(key),
    signWith: parent?.key ?? key,
    extensions: authorityExtensions(trustDomain),
    ...validity(),
    ...given,
  });
  const authority: Authority = {
    trustDomain,
    der: certificate,
    key,
    subject,
    issue: (path, { key: own = ecKey(), ...leaf } = {}) => {
      const made = mint({
        subject: commonName('workload'),
        issuer: subject,
        publicKey: publicOf(own),
        signWith: key,
        extensions: leafExtensions(`spiffe://${trustDomain}${path}`),
        ...validity(),
        ...leaf,
      });
      return { certificates: parent ? [made, certificate] : [made], key: own };
    },
    below: (name, below = {}) => makeAuthority(trustDomain, { subject: commonName(name), ...below }, authority),
    jwt: (spiffeId, audience, seconds = 300) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .setSubject(spiffeId)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(jwtKey),
    jwks: async () => JSON.stringify({ keys: [{ ...(await exportJWK(publicOf(jwtKey))), kid, use: 'jwt-svid' }] }),
  };
  return authority;
}
