/**
 * HashiCorp Vault on this machine, as far as the tests go: JWT login, token renewal, KV version 2 with versions, check-and-set and soft
 * deletion. https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 and /auth/jwt
 */
import { type Asked, claimsOf, type LocalServer, type Reply, startLocal } from './local-server.ts';

interface Version {
  data: Record<string, unknown>;
  created: string;
  deleted: string;
  destroyed: boolean;
}

export interface VaultServer extends LocalServer {
  /** A token that is always good. */
  rootToken: string;
  /** How long the tokens of a login live, and the form that they have. */
  leaseSeconds: number;
  token: (count: number) => string;
  logins: number;
  renewals: number;
  /** Refuses every token of a login, as after a revocation. */
  revoke(): void;
}

export async function startVault(): Promise<VaultServer> {
  const secrets = new Map<string, Version[]>();
  /** Token → when it ends. */
  const tokens = new Map<string, number>();
  const local = await startLocal((asked) => {
    const path = asked.url.pathname.replace(/^\/v1\//, '');
    if (asked.headers['x-vault-request'] !== 'true') return refused(412, 'missing request header');
    if (path === 'auth/jwt/login') return login(asked);
    if (!isKnown(asked)) return refused(403, 'permission denied');
    if (path === 'auth/token/renew-self') return renew(asked);
    const [, kind, name = ''] = /^secret\/(data|metadata|delete)\/(.*)$/.exec(decodeURIComponent(path)) ?? [];
    if (kind === 'data') return data(asked, name);
    if (kind === 'metadata') return metadata(asked, name);
    if (kind === 'delete') return remove(name, (JSON.parse(asked.body) as { versions: number[] }).versions);
    return refused(404, `no handler for route "${path}"`);
  });
  const server: VaultServer = Object.assign(local, {
    rootToken: 'hvs.root-token-of-the-test',
    leaseSeconds: 3600,
    token: (count: number) => `hvs.login-${count}`,
    logins: 0,
    renewals: 0,
    revoke: () => tokens.clear(),
  });

  function isKnown({ headers }: Asked): boolean {
    const token = String(headers['x-vault-token'] ?? '');
    return token === server.rootToken || (tokens.get(token) ?? 0) > Date.now();
  }

  function login({ body }: Asked): Reply {
    const { role, jwt } = JSON.parse(body) as { role: string; jwt: string };
    if (role !== 'analyst') return refused(400, `role ${role} could not be found`);
    if (claimsOf(jwt).aud !== 'vault') return refused(400, `error validating token ${jwt}: invalid audience`);
    const token = server.token(++server.logins);
    tokens.set(token, Date.now() + server.leaseSeconds * 1000);
    return auth(token);
  }

  function renew({ headers }: Asked): Reply {
    server.renewals++;
    const token = String(headers['x-vault-token']);
    tokens.set(token, Date.now() + server.leaseSeconds * 1000);
    return auth(token);
  }

  function auth(token: string): Reply {
    return json(200, {
      request_id: '1f3b7b1e-0000-4000-8000-000000000000',
      auth: {
        client_token: token,
        accessor: 'accessor',
        policies: ['default'],
        lease_duration: server.leaseSeconds,
        renewable: true,
      },
    });
  }

  function data({ method, url, body }: Asked, name: string): Reply {
    const versions = secrets.get(name) ?? [];
    if (method === 'POST') {
      const { options, data: written } = JSON.parse(body) as {
        options?: { cas?: number };
        data: Record<string, unknown>;
      };
      if (options?.cas !== undefined && options.cas !== versions.length)
        return refused(
          400,
          `check-and-set parameter did not match the current version, data was ${JSON.stringify(written)}`,
        );
      const version = { data: written, created: new Date().toISOString(), deleted: '', destroyed: false };
      secrets.set(name, [...versions, version]);
      return json(200, { data: metadataOf(version, versions.length + 1) });
    }
    if (method === 'DELETE') return remove(name, [versions.length]);
    const number = Number(url.searchParams.get('version') ?? versions.length) || versions.length;
    const found = versions[number - 1];
    if (!found) return json(404, { errors: [] });
    const isGone = found.deleted !== '' || found.destroyed;
    return json(isGone ? 404 : 200, {
      data: { data: isGone ? null : found.data, metadata: metadataOf(found, number) },
    });
  }

  function metadata({ method, url }: Asked, name: string): Reply {
    if (method === 'DELETE') {
      secrets.delete(name);
      return { status: 204 };
    }
    if (url.searchParams.get('list') === 'true') {
      const below = [...secrets.keys()].filter((key) => key.startsWith(name)).map((key) => key.slice(name.length));
      const keys = [...new Set(below.map((key) => /^[^/]*\/?/.exec(key)![0]))];
      return keys.length === 0 ? json(404, { errors: [] }) : json(200, { data: { keys } });
    }
    const versions = secrets.get(name);
    if (!versions) return json(404, { errors: [] });
    const told = Object.fromEntries(versions.map((each, index) => [String(index + 1), metadataOf(each, index + 1)]));
    return json(200, { data: { current_version: versions.length, oldest_version: 1, versions: told } });
  }

  function remove(name: string, numbers: readonly number[]): Reply {
    for (const number of numbers) {
      const version = secrets.get(name)?.[number - 1];
      if (version) version.deleted = new Date().toISOString();
    }
    return { status: 204 };
  }

  return server;
}

function metadataOf({ created, deleted, destroyed }: Version, version: number) {
  return { created_time: created, custom_metadata: null, deletion_time: deleted, destroyed, version };
}

export function refused(status: number, error: string, headers: Record<string, string> = {}): Reply {
  return { ...json(status, { errors: [error] }), headers };
}

function json(status: number, body: unknown): Reply {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
