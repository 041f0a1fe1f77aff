/** Keys, sessions, quotas, the audit log and the door that goes by them: everything about who may do what, in one place. */
import { join } from 'node:path';
import { TallyError } from '@tallyspan/facts';
import type { Objects } from '@tallyspan/store';
import { isLoopback } from '../allowed-host.ts';
import type { Report } from '../report.ts';
import type { Access } from './access.ts';
import { hashKey, idOfHash, isWholeKey } from './api-key.ts';
import { type Audit, openAudit } from './audit.ts';
import type { Authenticator } from './authenticator.ts';
import { createDoor, type Door, type DoorOptions, type Visitor } from './door.ts';
import { keyAuthenticator } from './key-authenticator.ts';
import { KeyStore } from './key-store.ts';
import { Quotas } from './quotas.ts';
import { Sessions } from './sessions.ts';
import type { BundleOrigin } from './svid/bundle-origins.ts';
import { svidAuthenticator } from './svid/svid-authenticator.ts';
import { createSvidVerifier } from './svid/svid-verifier.ts';
import { createTenantMap, type TenantRule } from './svid/tenant-map.ts';

export interface AuthOptions {
  /** Nobody is asked for a key, whatever keys there are. On a loopback address only. */
  noAuth?: boolean;
  /** An admin key of all tenants, made by `tallyspan keys generate`. Default: one is made when keys are asked for and there is none. */
  adminKey?: string;
  /** Lets workloads in by their JWT-SVIDs as well. */
  svid?: SvidOptions;
}

export interface SvidOptions {
  /** What workloads ask their token for. */
  audience: string;
  /** Whose tokens are accepted, and where their keys come from. */
  bundles: readonly BundleOrigin[];
  /** Which workload is of which tenant; who is of none is not let in. */
  tenants: readonly TenantRule[];
}

export interface Authority extends Door {
  /** The same for somebody who sends spans. A key of one agent is for its task traces only. */
  admitSender(visitor: Visitor): Promise<Access>;
  keys: KeyStore;
  sessions: Sessions;
  quotas: Quotas;
  audit: Audit;
  authenticators: readonly Authenticator[];
  /**
   * Makes an admin key when keys are asked for and nobody has one, and answers it: it is to be shown to the operator, and kept nowhere
   * else. Called when the server listens, as a start that fails shows nothing.
   */
  ensureAdmin(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Throws BIND_REFUSED, or BAD_OPTION for an admin key that is none: before anything is opened. */
export function checkAuth(host: string, { noAuth = false, adminKey }: AuthOptions): void {
  if (noAuth && !isLoopback(host)) throw new TallyError('BIND_REFUSED', { host });
  if (adminKey !== undefined && !(isWholeKey(adminKey) && adminKey.startsWith('tally_admin_')))
    throw new TallyError('BAD_OPTION', {
      option: 'TALLYSPAN_ADMIN_KEY',
      value: 'no admin key',
      why: 'What somebody thought up can be guessed.',
      fix: 'Set it to what "tallyspan keys generate" prints.',
    });
}

interface Opening extends AuthOptions {
  host: string;
  dataDir: string;
  objects: Objects;
  report: Report;
}

/** Throws DATA_NOT_WRITABLE, or BAD_OPTION for a bundle that is none. */
export async function openAuthority(options: Opening): Promise<Authority> {
  const { host, dataDir, objects, report, noAuth = false, adminKey } = options;
  const verifier = options.svid && createSvidVerifier({ ...options.svid, report });
  const audit = await openAudit(join(dataDir, 'audit'), report);
  const keys = new KeyStore(objects);
  const sessions = new Sessions(objects, keys);
  const authenticators = [keyAuthenticator(keys)];
  if (verifier) authenticators.push(svidAuthenticator({ verifier, tenants: createTenantMap(options.svid!.tenants) }));
  const mode: DoorOptions['mode'] = noAuth ? 'open' : isLoopback(host) ? 'first-run' : 'ask';
  if (adminKey !== undefined) await adopt(keys, adminKey);
  const door = createDoor({ mode, keys, sessions, authenticators, audit });
  return {
    ...door,
    async admitSender(visitor) {
      const access = await door.admit(visitor, 'ingest');
      const { agent, taskOnly, who } = access;
      if (taskOnly === undefined || visitor.keyHeader !== undefined) return access;
      const given = `task traces of the agent ${agent}`;
      throw new TallyError('FORBIDDEN', { needed: 'a key of all agents', who: `this one (${who})`, given });
    },
    ...{ keys, sessions, audit, authenticators },
    quotas: new Quotas(objects),
    async ensureAdmin() {
      // Also when the last one has expired: whoever starts the server owns what lies in its folder.
      if ((await door.isOpen()) || (await keys.admins()).length > 0) return undefined;
      return (await keys.create({ ...START, name: 'first admin' })).secret;
    },
    async close() {
      verifier?.close();
      await audit.close();
    },
  };
}

const START = { scope: 'admin', createdBy: 'the start of the server' } as const;

/** Several servers may be given the same one. A revoked one stays revoked. */
async function adopt(keys: KeyStore, secret: string): Promise<void> {
  if ((await keys.get(idOfHash(hashKey(secret)))) !== undefined) return;
  await keys.create({ ...START, name: 'TALLYSPAN_ADMIN_KEY' }, secret).catch((error: unknown) => {
    // Another server was a moment faster.
    if ((error as { code?: string }).code !== 'OBJECT_CHANGED') throw error;
  });
}
