/** Who asks, and what they may see. Every handler gets one; none is made without having been let in. */
import type { Scope } from '../api.ts';

export interface Access {
  /** Whose data it is about; undefined sees all tenants. */
  tenant: string | undefined;
  scopes: ReadonlySet<Scope>;
  /** Who it was, for the audit log: `key tk_ab12…`, `spiffe://…`, `anonymous`. */
  who: string;
}

/** Where nobody has to say who they are: on a loopback address only. */
export const openAccess: Access = {
  tenant: undefined,
  scopes: new Set<Scope>(['ingest', 'read', 'admin']),
  who: 'anonymous',
};
