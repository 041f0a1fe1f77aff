/** Requests to a server that asks for keys. */
import { newKey } from '../src/auth/api-key.ts';
import type { MadeKey, NewKeyBody } from '../src/api.ts';
import type { z } from 'zod';
import { startTestServer, type TestServer } from './start-test-server.ts';

export interface Asked {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, undefined when it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says by what it expects what it is
  json: any;
}

export interface LockedServer extends TestServer {
  /** An admin key of all tenants. */
  admin: string;
  ask(method: string, path: string, key?: string, body?: unknown, headers?: Record<string, string>): Promise<Asked>;
  /** Makes a key with the admin key and answers it. */
  make(wanted: Partial<z.input<typeof NewKeyBody>>): Promise<string>;
  makeKey(wanted: Partial<z.input<typeof NewKeyBody>>): Promise<MadeKey>;
}

/** A server that has an admin key from its start. */
export async function startLockedServer(options: Parameters<typeof startTestServer>[0] = {}): Promise<LockedServer> {
  const admin = newKey('admin');
  const server = await startTestServer({ ...options, auth: { adminKey: admin, ...options.auth } });
  const ask: LockedServer['ask'] = async (method, path, key, body, headers = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  };
  const makeKey: LockedServer['makeKey'] = async (wanted) => {
    const made = await ask('POST', '/api/v1/keys', admin, { name: 'a test', scope: 'read', ...wanted });
    if (made.status !== 201) throw new Error(`no key: ${made.status} ${made.text}`);
    return made.json as MadeKey;
  };
  return { ...server, admin, ask, makeKey, make: async (wanted) => (await makeKey(wanted)).secret };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
