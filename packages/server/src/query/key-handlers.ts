import { TallyError } from '@tallyspan/facts';
import { type Key as ShownKey, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import { isDenial } from '../auth/authenticator.ts';
import type { Authority } from '../auth/authority.ts';
import { type HeaderOf, isSecure, readSession, sessionCookie } from '../auth/credentials.ts';
import type { Key } from '../auth/key-store.ts';
import type { Handlers } from './handlers.ts';

type Names = 'listKeys' | 'createKey' | 'revokeKey' | 'rotateKey' | 'whoami' | 'signIn' | 'signOut';

export function keyHandlers({ keys, sessions, authenticators, audit, isOpen }: Authority): Handlers<Names> {
  return {
    async listKeys({ access }) {
      const all = (await keys.list()).filter((key) => mayManage(access, key));
      return { keys: all.toSorted((left, right) => right.createdAt - left.createdAt).map(shown) };
    },

    async createKey({ body, access }) {
      const { name, scope, agent, expiresAt } = body;
      const tenant = body.tenant ?? access.tenant;
      if (access.tenant !== undefined && tenant !== access.tenant)
        throw new TallyError('FORBIDDEN', {
          needed: 'a key of all tenants',
          who: `this one (${access.who})`,
          given: `the tenant ${access.tenant}`,
        });
      const forGood = scope === 'admin' && tenant === undefined && expiresAt === undefined;
      if (!forGood && (await keys.admins()).length === 0) throw new TallyError('FIRST_KEY_ADMIN');
      if (agent !== undefined && scope !== 'ingest')
        throw new TallyError('BAD_QUERY', { field: 'agent', reason: 'only a key with scope ingest is for one agent' });
      const ends = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      const made = await keys.create({ name, scope, tenant, agent, expiresAt: ends, createdBy: access.who });
      return { key: shown(made.key), secret: made.secret };
    },

    async revokeKey({ params, access }) {
      const key = await find(access, params.keyId);
      await mustLeaveAdmin(key);
      return shown((await keys.revoke(key.id)) ?? key);
    },

    async rotateKey({ params, body, access }) {
      const old = await find(access, params.keyId);
      if (keys.stateOf(old) !== 'good')
        throw new TallyError('BAD_QUERY', { field: 'keyId', reason: 'only a key that is good can be rotated' });
      const { name, scope, tenant, agent, expiresAt } = old;
      const made = await keys.create({ name, scope, tenant, agent, expiresAt, createdBy: access.who });
      await keys.revoke(old.id, Date.now() + body.graceSeconds * 1_000);
      return { key: shown(made.key), secret: made.secret };
    },

    async whoami({ access }) {
      return {
        who: access.who,
        tenant: access.tenant ?? null,
        agent: access.agent ?? null,
        scopes: [...access.scopes],
        keysRequired: !(await isOpen()),
      };
    },

    async signIn({ body, request, from }) {
      const header = headersOf(request);
      const authenticator = authenticators.find((each) => each.recognises(body.key));
      const verdict = (await authenticator?.authenticate(body.key)) ?? { denied: 'this is no key of this server' };
      if (isDenial(verdict)) throw new TallyError('UNAUTHENTICATED', { reason: verdict.denied });
      const found = await keys.find(body.key);
      if (found === undefined || !(verdict.scopes.has('read') || verdict.scopes.has('admin')))
        throw new TallyError('FORBIDDEN', {
          needed: 'a key for read',
          who: `this one (${verdict.who})`,
          given: [...verdict.scopes].join(' and '),
        });
      const { token, expiresAt } = await sessions.begin(found.key);
      const { who, tenant } = verdict;
      await audit.tell({ who, ...(tenant !== undefined && { tenant }), action: 'signIn', from, outcome: 'ok' });
      const seconds = Math.floor((expiresAt - Date.now()) / 1_000);
      const cookie = sessionCookie(token, { seconds, secure: isSecure(header) });
      return answer({ who, expiresAt: new Date(expiresAt).toISOString() }, cookie);
    },

    async signOut({ request }) {
      const header = headersOf(request);
      const token = readSession(header);
      if (token !== undefined) await sessions.end(token);
      return answer({ signedOut: true }, sessionCookie('', { seconds: 0, secure: isSecure(header) }));
    },
  };

  /** A key of another tenant is not there, in the same words. */
  async function find(access: Access, id: string): Promise<Key> {
    const key = await keys.get(id);
    if (key === undefined || !mayManage(access, key))
      throw new TallyError('NOT_FOUND', { thing: 'key', id: id.slice(0, 100), list: routes.listKeys.path });
    return key;
  }

  /** Of those that may do everything one must stay that does not end by itself. */
  async function mustLeaveAdmin(key: Key): Promise<void> {
    const admins = await keys.admins();
    if (!admins.some(({ id }) => id === key.id)) return;
    if (!admins.some(({ id, expiresAt }) => id !== key.id && expiresAt === undefined))
      throw new TallyError('LAST_ADMIN_KEY');
  }

  function shown(key: Key): ShownKey {
    return {
      ...{ id: key.id, name: key.name, shown: `${key.prefix}_…${key.last4}`, scope: key.scope },
      tenant: key.tenant ?? null,
      agent: key.agent ?? null,
      state: keys.stateOf(key),
      createdAt: iso(key.createdAt),
      createdBy: key.createdBy,
      ...{ lastUsedAt: isoOrNull(key.lastUsedAt), expiresAt: isoOrNull(key.expiresAt) },
      revokedAt: isoOrNull(key.revokedAt),
    };
  }
}

function mayManage({ tenant }: Access, key: Key): boolean {
  return tenant === undefined || key.tenant === tenant;
}

function headersOf(request: Request): HeaderOf {
  return (name) => request.headers.get(name) ?? undefined;
}

function answer(body: object, cookie: string): Response {
  return Response.json(body, { headers: { 'set-cookie': cookie, 'cache-control': 'no-store' } });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : iso(ms);
}
