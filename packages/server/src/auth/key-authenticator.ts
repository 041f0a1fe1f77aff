import { limits, TallyError } from '@tallyspan/facts';
import { describeError } from '../report.ts';
import { type Access, scopesOf } from './access.ts';
import { isWholeKey, looksLikeKey } from './api-key.ts';
import type { Authenticator, Denial } from './authenticator.ts';
import type { Key, KeyStore } from './key-store.ts';

/** Lets in by the keys of this server. */
export function keyAuthenticator(keys: KeyStore, now: () => number = () => Date.now()): Authenticator {
  return {
    recognises: looksLikeKey,
    async authenticate(secret) {
      if (!isWholeKey(secret)) return { denied: 'this is no whole key; check that all of it was copied' };
      const found = await keys.find(secret).catch((error: unknown) => {
        throw new TallyError('AUTH_UNAVAILABLE', { reason: describeError(error) }, error);
      });
      if (found === undefined) return { denied: 'nobody made this key' };
      const access = accessOf(keys, found.key);
      if ('denied' in access || found.stale === undefined) return access;
      if (now() - found.stale > limits.keyUnreadableMsMax)
        throw new TallyError('AUTH_UNAVAILABLE', { reason: 'they could not be read for too long' });
      return { ...access, unsure: true };
    },
  };
}

/** What a key opens at present. */
export function accessOf(keys: KeyStore, key: Key): Access | Denial {
  const who = `key ${key.id}`;
  const state = keys.stateOf(key);
  if (state !== 'good') return { denied: state === 'revoked' ? 'this key was revoked' : 'this key has expired', who };
  keys.used(key.id);
  return {
    tenant: key.tenant,
    scopes: scopesOf[key.scope],
    who,
    ...(key.agent !== undefined && { agent: key.agent, taskOnly: true as const }),
    isStill: async () => {
      const now = await keys.get(key.id);
      return now !== undefined && keys.stateOf(now) === 'good';
    },
  };
}
