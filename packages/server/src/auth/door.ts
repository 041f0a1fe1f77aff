/**
 * Who may come in. Everything that is asked of a server passes here first, whichever way it came:
 *
 *   headers ──► key in a header ─► key authenticator or SVID verifier ─┐
 *          ├──► cookie ─► session (query API only, and not from a foreign page)  ├─► may it do this? ─► Access
 *          └──► nothing ─► open, while nobody made a key on a loopback address ──┘
 */
import { TallyError } from '@tallyspan/facts';
import type { RouteScope } from '../api/route.ts';
import { type Access, noAccess, openAccess } from './access.ts';
import type { Audit } from './audit.ts';
import { type Authenticator, type Denial, isDenial } from './authenticator.ts';
import { foreignReason, type HeaderOf, readCredential, readSession } from './credentials.ts';
import type { KeyStore } from './key-store.ts';
import type { Sessions } from './sessions.ts';

/** A request, as far as the door looks at it. */
export interface Visitor {
  header: HeaderOf;
  method: string;
  /** Without the query. */
  path: string;
  /** The address that it came from. */
  from: string;
  /** Another header that a key is taken from. */
  keyHeader?: string;
  /** Whether it may be a browser with a cookie: a page is never a sender of spans. */
  browser?: boolean;
}

export interface DoorOptions {
  /** `ask` everybody for a key; `first-run`: from the first key on; `open`: nobody. */
  mode: 'ask' | 'first-run' | 'open';
  keys: KeyStore;
  sessions: Sessions;
  /** In the order in which they are asked. */
  authenticators: readonly Authenticator[];
  audit?: Pick<Audit, 'refused'>;
}

export interface Door {
  /**
   * Lets somebody in who may do this. Throws UNAUTHENTICATED, FORBIDDEN, CROSS_SITE_REFUSED or AUTH_UNAVAILABLE. Where nobody is asked
   * for a key, the names that a browser may call us by are looked at elsewhere.
   */
  admit(visitor: Visitor, scope: RouteScope): Promise<Access>;
  /** Whether nobody has to say who they are. */
  isOpen(): Promise<boolean>;
}

export function createDoor(options: DoorOptions): Door {
  const { mode, keys, audit } = options;
  const isOpen = async (): Promise<boolean> => mode === 'open' || (mode === 'first-run' && !(await anyKey(keys)));

  return {
    isOpen,
    async admit(visitor, scope) {
      let who = openAccess.who;
      let reason: string | undefined;
      try {
        const verdict = await identify(options, visitor, scope, isOpen);
        who = verdict.who ?? who;
        if (isDenial(verdict)) {
          ({ reason } = verdict);
          throw new TallyError('UNAUTHENTICATED', { reason: verdict.denied });
        }
        return mustBeAllowed(verdict, scope);
      } catch (error) {
        const { code = 'INTERNAL', what = '' } = error as { code?: string; what?: string };
        const { method, path, from } = visitor;
        audit?.refused({ who, action: `${method} ${shown(path)}`, from, outcome: code, detail: reason ?? what });
        throw error;
      }
    },
  };

  async function identify(
    { authenticators, sessions }: DoorOptions,
    visitor: Visitor,
    scope: RouteScope,
    open: () => Promise<boolean>,
  ): Promise<Access | Denial> {
    const { header, method, keyHeader, browser = false } = visitor;
    if (await open()) {
      if (browser) mustBeOurs(header, method, false);
      return openAccess;
    }
    const credential = readCredential(header, keyHeader);
    if (credential !== undefined && scope !== 'none') {
      const authenticator = authenticators.find((each) => each.recognises(credential));
      return authenticator?.authenticate(credential) ?? { denied: 'what was sent is no key of this server' };
    }
    const session = browser ? readSession(header) : undefined;
    if (scope === 'none') {
      mustBeOurs(header, method, session !== undefined);
      return noAccess;
    }
    if (session === undefined) return { denied: 'no key was sent' };
    mustBeOurs(header, method, true);
    return sessions.authenticate(session);
  }
}

async function anyKey(keys: KeyStore): Promise<boolean> {
  try {
    return await keys.any();
  } catch (error) {
    throw new TallyError('AUTH_UNAVAILABLE', { reason: (error as Error).message }, error);
  }
}

function mustBeOurs(header: HeaderOf, method: string, byCookie: boolean): void {
  const reason = foreignReason(header, method, byCookie);
  if (reason !== undefined) throw new TallyError('CROSS_SITE_REFUSED', { reason });
}

function mustBeAllowed(access: Access, scope: RouteScope): Access {
  if (scope === 'none' || scope === 'any') return access;
  if (!access.scopes.has(scope)) {
    const given = [...access.scopes].join(' and ') || 'nothing';
    throw new TallyError('FORBIDDEN', { needed: `a key for ${scope}`, who: `this one (${access.who})`, given });
  }
  if (access.unsure === true && scope !== 'ingest')
    throw new TallyError('AUTH_UNAVAILABLE', { reason: 'only sending spans goes on' });
  return access;
}

/** A path in a log: short, and without a key that somebody put there. */
function shown(path: string): string {
  return path.replace(/tally_\w+/g, 'tally_…').slice(0, 200);
}
