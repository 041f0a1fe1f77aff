import { createPublicKey, type KeyObject } from 'node:crypto';
import { limits } from '@tallyspan/facts';
import { algorithmsOf } from './algorithms.ts';

export interface JwtKey {
  key: KeyObject;
  /** What it may have signed with. */
  algorithms: ReadonlySet<string>;
}

/** The keys with which one trust domain signs JWT-SVIDs. None at all is a bundle too: then nobody of there is trusted. */
export interface JwtBundle {
  /** By `kid`. */
  keys: ReadonlyMap<string, JwtKey>;
  /** `spiffe_sequence`: it grows with every change. */
  sequence: number | undefined;
  /** `spiffe_refresh_hint`: how often to look for changes. */
  refreshSeconds: number | undefined;
}

const RSA_BITS_MIN = 2048;
/** Checking takes a fifth of a millisecond with 8,192 bits. */
const RSA_BITS_MAX = 8192;

type Member = Record<string, unknown>;

/**
 * Reads a JWK set as SPIFFE has it. Keys of a kind or for a use that is not known are left out, as the standard asks; so are those
 * without `kid`, those that are weak, and those that share a `kid`, as nobody knows which of them is meant. Throws an error that says
 * what is wrong with the document.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Trust_Domain_and_Bundle.md#4-spiffe-bundle-format
 */
export function readJwtBundle(document: string): JwtBundle {
  const bytes = Buffer.byteLength(document);
  if (bytes > limits.bundleBytesMax) throw new Error(`it has ${bytes} bytes, and ${limits.bundleBytesMax} are allowed`);
  const set = parseObject(document);
  if (!Array.isArray(set['keys'])) throw new Error('it has no list of keys');
  const keys = new Map<string, JwtKey>();
  const twice = new Set<string>();
  for (const jwk of set['keys'] as unknown[]) {
    const read = readKey(jwk);
    if (read === undefined) continue;
    if (keys.has(read.kid)) twice.add(read.kid);
    keys.set(read.kid, read);
  }
  for (const kid of twice) keys.delete(kid);
  return { keys, sequence: countOf(set['spiffe_sequence']), refreshSeconds: countOf(set['spiffe_refresh_hint']) };
}

function parseObject(document: string): Member {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    throw new Error('it is no JSON');
  }
  if (!isObject(value)) throw new Error('it is no JSON object');
  return value;
}

const isObject = (value: unknown): value is Member =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const countOf = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;

function readKey(jwk: unknown): (JwtKey & { kid: string }) | undefined {
  if (!isObject(jwk) || jwk['use'] !== 'jwt-svid') return undefined;
  const { kid, kty, crv, n, e, x, y } = jwk;
  const possible = algorithmsOf(jwk);
  if (typeof kid !== 'string' || kid === '' || possible.size === 0) return undefined;
  try {
    // Only what is public: were the private part in it, the key would be a private one.
    const key = createPublicKey({ key: { kty, crv, n, e, x, y } as Record<string, string>, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? RSA_BITS_MIN;
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? { kid, key, algorithms: possible } : undefined;
  } catch {
    return undefined;
  }
}
