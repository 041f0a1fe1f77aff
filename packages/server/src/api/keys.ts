/** Keys, who one is, and being signed in. */
import { limits } from '@tallyspan/facts';
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { time } from './shapes.ts';

const scope = z
  .enum(['ingest', 'read', 'admin'])
  .describe('what it is for: to send spans, to read, or to do everything');
/** `default` is where spans lie that name no tenant: nobody may own them. */
const tenant = z
  .string()
  .min(1)
  .max(limits.keyNameCharsMax)
  .refine((name) => name !== 'default', 'is the tenant of spans that name none; leave it out for all tenants');

export const Key = z.object({
  id: z.string().describe('what the audit log calls it'),
  name: z.string(),
  shown: z.string().describe('its beginning and its end: tally_ingest_…aB3x'),
  scope,
  tenant: z.string().nullable().describe('null is all tenants'),
  agent: z.string().nullable().describe('the only agent whose task traces it may send; null is any'),
  state: z.enum(['good', 'revoked', 'expired']),
  createdAt: time,
  createdBy: z.string(),
  lastUsedAt: time.nullable().describe('to the hour'),
  expiresAt: time.nullable(),
  revokedAt: time.nullable().describe('in the future while a rotated key is still good'),
});
export type Key = z.infer<typeof Key>;

export const KeyList = z.object({ keys: z.array(Key).describe('newest first') });
export type KeyList = z.infer<typeof KeyList>;

export const MadeKey = z.object({
  key: Key,
  secret: z.string().describe('the key itself; it is shown this once and kept nowhere'),
});
export type MadeKey = z.infer<typeof MadeKey>;

export const NewKeyBody = z.strictObject({
  name: z.string().min(1).max(limits.keyNameCharsMax).describe('whose it is or where it is used'),
  scope,
  tenant: tenant.optional().describe('what it may send or see; without it everything'),
  agent: z
    .string()
    .min(1)
    .max(limits.keyNameCharsMax)
    .optional()
    .describe('with scope ingest: only task traces of this agent'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export const RotateBody = z.strictObject({
  graceSeconds: z
    .int()
    .min(0)
    .max(7 * 86_400)
    .default(0)
    .describe('how long the old key is good beside the new one'),
});
export const KeyParams = z.object({ keyId: z.string().max(100) });

export const Whoami = z.object({
  who: z.string().describe('a key, a SPIFFE id, or anonymous'),
  tenant: z.string().nullable().describe('null sees all tenants'),
  agent: z.string().nullable(),
  scopes: z.array(scope),
  keysRequired: z.boolean().describe('false while everybody may do everything: on a loopback address without keys'),
});
export type Whoami = z.infer<typeof Whoami>;

export const SessionBody = z.strictObject({ key: z.string().max(1_000) });

export const keyRoutes = {
  listKeys: { method: 'get', path: '/api/v1/keys', summary: 'List keys', scope: 'admin', answer: KeyList },
  createKey: {
    method: 'post',
    path: '/api/v1/keys',
    summary: 'Make a key; the first one must be an admin key of all tenants',
    scope: 'admin',
    body: NewKeyBody,
    answer: MadeKey,
    status: 201,
  },
  revokeKey: {
    method: 'delete',
    path: '/api/v1/keys/{keyId}',
    summary: 'Revoke a key, on all servers within a second',
    scope: 'admin',
    params: KeyParams,
    answer: Key,
  },
  rotateKey: {
    method: 'post',
    path: '/api/v1/keys/{keyId}/rotate',
    summary: 'Make another key for the same, and revoke this one',
    scope: 'admin',
    params: KeyParams,
    body: RotateBody,
    answer: MadeKey,
    status: 201,
  },
  whoami: { method: 'get', path: '/api/v1/whoami', summary: 'Who you are here', scope: 'any', answer: Whoami },
  signIn: {
    method: 'post',
    path: '/api/v1/session',
    summary: 'Sign in with a key for reading; the answer sets a cookie that no script can read',
    scope: 'none',
    body: SessionBody,
    produces: 'application/json',
  },
  signOut: {
    method: 'delete',
    path: '/api/v1/session',
    summary: 'Sign out',
    scope: 'none',
    produces: 'application/json',
  },
} as const satisfies RouteTable;
