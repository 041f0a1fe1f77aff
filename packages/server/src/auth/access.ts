/** Who asks, and what they may see. Every handler gets one; none is made without having been let in. */
import type { Scope } from '../api.ts';

export interface Access {
  /** Whose data it is about; undefined sees all tenants. */
  tenant: string | undefined;
  scopes: ReadonlySet<Scope>;
  /** Who it was, for the audit log: `key k_ab12…`, `spiffe://…`, `anonymous`. */
  who: string;
  /** The agent that sends, proven: its task traces are of this one and no other. */
  agent?: string;
  /** For task traces only: spans of OTLP could name any agent. */
  taskOnly?: true;
  /** Known from a while ago, as the keys cannot be read at present: good for sending spans only. */
  unsure?: true;
  /** Whether it would be let in still: asked now and then of what stays open, as the live tail does. Default: yes. */
  isStill?: () => Promise<boolean>;
}

/** What each kind of key may do. */
export const scopesOf: Record<Scope, ReadonlySet<Scope>> = {
  ingest: new Set<Scope>(['ingest']),
  read: new Set<Scope>(['read']),
  admin: new Set<Scope>(['ingest', 'read', 'admin']),
};

/** Where nobody has to say who they are: on a loopback address only. */
export const openAccess: Access = { tenant: undefined, scopes: scopesOf.admin, who: 'anonymous' };

/** For what anybody may ask, as signing in: nothing can be done with it. */
export const noAccess: Access = { tenant: undefined, scopes: new Set(), who: 'anonymous' };
