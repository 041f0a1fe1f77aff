/**
 * One way to say who one is. The door asks the first one that recognises what was sent; one more way is one more in its list.
 *
 *   tally_ingest_…      keyAuthenticator       the keys of this server
 *   eyJhbGciOi….….…    the SVID verifier      workloads of a SPIFFE trust domain
 */
import type { Access } from './access.ts';

export interface Denial {
  /** In a few words that go on after "Not let in:", and say nothing that only a friend should know. */
  denied: string;
  /** More of why, for the audit log alone. */
  reason?: string;
  /** For the audit log, as far as it is known who it was. */
  who?: string;
}

export interface Authenticator {
  /** Whether a credential is of this kind, by its looks alone. Never throws. */
  recognises(credential: string): boolean;
  /** Throws when it cannot be found out at present: AUTH_UNAVAILABLE. */
  authenticate(credential: string): Promise<Access | Denial>;
}

export function isDenial(verdict: Access | Denial): verdict is Denial {
  return 'denied' in verdict;
}
