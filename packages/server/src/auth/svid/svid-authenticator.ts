import { type Access, scopesOf } from '../access.ts';
import type { Authenticator, Denial } from '../authenticator.ts';
import type { SvidVerifier } from './svid-verifier.ts';
import type { TenantMap } from './tenant-map.ts';
import { SvidRefused } from './verify-jwt-svid.ts';

export interface SvidAuthenticatorOptions {
  verifier: Pick<SvidVerifier, 'verify'>;
  tenants: Pick<TenantMap, 'find'>;
  /** What a workload may do. Default `ingest`. */
  scope?: keyof typeof scopesOf;
}

/** Three parts with dots between: no key of this server looks so. */
const LOOKS_LIKE_JWT = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/** Lets workloads in by their JWT-SVIDs. Every refusal reads the same; `reason` is for the audit log. */
export function svidAuthenticator({ verifier, tenants, scope = 'ingest' }: SvidAuthenticatorOptions): Authenticator {
  const identify = (token: string): Access | Denial => {
    try {
      const { id, expiresAt } = verifier.verify(token);
      const workload = tenants.find(id);
      if (workload === undefined) return deny('no rule says the tenant', id.id);
      return {
        tenant: workload.tenant,
        scopes: scopesOf[scope],
        who: id.id,
        ...(workload.agent !== undefined && { agent: workload.agent }),
        isStill: async () => Date.now() <= expiresAt && tenants.find(id)?.tenant === workload.tenant,
      };
    } catch (error) {
      if (!(error instanceof SvidRefused)) throw error;
      return deny(error.reason, error.claimed && `somebody as ${error.claimed}`);
    }
  };
  return {
    recognises: (credential) => LOOKS_LIKE_JWT.test(credential),
    authenticate: async (token) => identify(token),
  };
}

function deny(reason: string, who: string | undefined): Denial {
  return { denied: 'this JWT-SVID is not accepted here', reason, ...(who !== undefined && { who }) };
}
