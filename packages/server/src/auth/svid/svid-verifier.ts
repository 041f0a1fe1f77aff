import { TallyError } from '@tallyspan/facts';
import type { Report } from '../../report.ts';
import { type BundleOrigin, type BundleTimes, openBundles } from './bundle-origins.ts';
import { type VerifiedSvid, verifyJwtSvid } from './verify-jwt-svid.ts';

export interface SvidVerifierOptions {
  /** Whose tokens are accepted, and where their keys come from. */
  bundles: readonly BundleOrigin[];
  /** Who this server is to workloads: what they ask a JWT-SVID for. One of several must be in the token. */
  audience: string | readonly string[];
  /** How far clocks may be apart. Default 60. */
  clockSkewSeconds?: number;
  /** Told what goes wrong with a bundle, in one line. */
  report: Report;
  /** For tests. */
  times?: BundleTimes;
}

export interface SvidVerifier {
  /** Who a token is. Takes a tenth of a millisecond and waits for nobody. Throws `SvidRefused`. */
  verify(token: string, nowMs?: number): VerifiedSvid;
  close(): void;
}

/** Verifies JWT-SVIDs with the bundles that the operator names. Throws BAD_OPTION. */
export function createSvidVerifier(options: SvidVerifierOptions): SvidVerifier {
  const { bundles: origins, audience, clockSkewSeconds = 60, report, times } = options;
  const audiences = new Set(typeof audience === 'string' ? [audience] : audience);
  if (audiences.size === 0 || audiences.has(''))
    throw new TallyError('BAD_OPTION', {
      option: 'The audience of JWT-SVIDs',
      value: 'empty',
      why: 'A token that is meant for another service could be used here.',
      fix: 'Name what workloads ask their token for, as spiffe://example.org/tallyspan.',
    });
  const bundles = openBundles(origins, report, times);
  const expected = { audience: audiences, clockSkewSeconds, bundleOf: (domain: string) => bundles.get(domain) };
  return {
    verify: (token, nowMs = Date.now()) => verifyJwtSvid(token, expected, nowMs),
    close: () => bundles.close(),
  };
}
