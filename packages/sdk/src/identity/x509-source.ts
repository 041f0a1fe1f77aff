import { createPrivateKey, type KeyObject } from 'node:crypto';
import { parseSpiffeId } from '@tallyspan/facts';
import { type Certificate, readCertificates } from './certificate.ts';
import { readRevocationLists, type RevocationList } from './revocation-list.ts';
import { readX509BundlesResponse, readX509SvidResponse, type X509SvidResponse } from './messages.ts';
import { readLeaf, type X509Bundles } from './verify-x509-svid.ts';

/** Who this process is, with the key that proves it. */
export interface X509Svid {
  readonly spiffeId: string;
  /** What the operator says this identity is for, when there are several: `internal`. Empty when there is nothing to say. */
  readonly hint: string;
  /** DER, leaf first. */
  readonly certificates: readonly Buffer[];
  readonly privateKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What the Workload API said last of X.509: each message replaces all of it. */
export class X509Source {
  #svids: readonly X509Svid[] = [];
  #bundles: X509Bundles = new Map();
  #revocations: readonly RevocationList[] = [];

  get bundles(): X509Bundles {
    return this.#bundles;
  }

  get revocations(): readonly RevocationList[] {
    return this.#revocations;
  }

  /**
   * Those that have not expired, in the order of the server: the first one is the default. When they begin is for others to judge:
   * where our clock is behind, they are good all the same.
   */
  svids(): readonly X509Svid[] {
    return this.#svids.filter(({ expiresAt }) => Date.now() <= expiresAt);
  }

  /** The ids it had and has no longer. */
  takeSvids(message: Buffer): { redacted: readonly string[]; problem: string | undefined } {
    const response = readX509SvidResponse(message);
    const before = this.#svids;
    let problem: string | undefined;
    const svids = response.svids.flatMap((given) => {
      const read = readSvid(given);
      if (typeof read !== 'string') return [read];
      problem = `the SVID ${JSON.stringify(given.spiffeId.slice(0, 2048))} ${read}`;
      // It is still granted, and only its renewal is broken: what it was is good until it expires.
      return before.filter(({ spiffeId }) => spiffeId === given.spiffeId);
    });
    const bundles = readBundles(response.federatedBundles);
    const own = new Map(response.svids.map(({ spiffeId, bundle }) => [parseSpiffeId(spiffeId)?.trustDomain, bundle]));
    for (const [trustDomain, bundle] of own)
      if (trustDomain !== undefined) bundles.set(trustDomain, readBundle(bundle));
    this.#svids = svids;
    this.#bundles = bundles;
    problem ??= this.#takeRevocations(response.revocationLists);
    const redacted = before.map(({ spiffeId }) => spiffeId).filter((id) => !svids.some((svid) => svid.spiffeId === id));
    return { redacted, problem };
  }

  /** Answers what is wrong with it, if something is. */
  takeBundles(message: Buffer): string | undefined {
    const { bundles, revocationLists } = readX509BundlesResponse(message);
    this.#bundles = readBundles(bundles);
    return this.#takeRevocations(revocationLists);
  }

  /** Nothing is granted any more. Answers the ids that were. */
  redactAll(): readonly string[] {
    const redacted = this.#svids.map(({ spiffeId }) => spiffeId);
    this.#svids = [];
    this.#bundles = new Map();
    this.#revocations = [];
    return redacted;
  }

  /** A list that cannot be read says nothing, not even of whom: it is left out, and said. */
  #takeRevocations(given: readonly Buffer[]): string | undefined {
    let problem: string | undefined;
    this.#revocations = given.flatMap((bytes) => {
      try {
        return readRevocationLists(bytes);
      } catch (error) {
        problem = `a revocation list is unreadable: ${(error as Error).message}`;
        return [];
      }
    });
    return problem;
  }
}

/** One SVID, or what is wrong with it. It must be one for others too, or nobody would accept it. */
function readSvid(given: X509SvidResponse['svids'][number]): X509Svid | string {
  try {
    const [leaf, ...others] = readCertificates(given.certificates);
    if (leaf === undefined) return 'has no certificate';
    const id = readLeaf(leaf);
    if (typeof id === 'string') return `is none: ${id}`;
    if (id.id !== given.spiffeId) return 'is made out to somebody else';
    const privateKey = createPrivateKey({ key: given.key, format: 'der', type: 'pkcs8' });
    if (!leaf.x509.checkPrivateKey(privateKey)) return 'comes with another key';
    const certificates = [leaf, ...others].map(({ der }) => der);
    return { spiffeId: id.id, hint: given.hint, certificates, privateKey, expiresAt: leaf.notAfter };
  } catch (error) {
    return `is unreadable: ${(error as Error).message}`;
  }
}

/** Trust domains by their ids. What is no id of a trust domain is left out, and so nobody of there is trusted. */
function readBundles(given: ReadonlyMap<string, Buffer>): Map<string, readonly Certificate[]> {
  const bundles = new Map<string, readonly Certificate[]>();
  for (const [key, der] of given) {
    const id = parseSpiffeId(key);
    if (id?.path === '') bundles.set(id.trustDomain, readBundle(der));
  }
  return bundles;
}

/** A bundle that cannot be read whole is empty: then everything of its trust domain is untrusted. */
function readBundle(der: Buffer): readonly Certificate[] {
  try {
    return readCertificates(der);
  } catch {
    return [];
  }
}
