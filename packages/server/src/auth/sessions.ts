/**
 * Browsers that are signed in. A session is as good as the key it was begun with, and ends with it. What the browser has is random;
 * here lies its hash only, so that nobody who reads the data folder can be somebody else.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { limits } from '@tallyspan/facts';
import type { Objects } from '@tallyspan/store';
import type { Access } from './access.ts';
import type { Denial } from './authenticator.ts';
import { accessOf } from './key-authenticator.ts';
import type { Key, KeyStore } from './key-store.ts';

const SESSIONS = 'sessions';

interface SessionRecord {
  hash: string;
  keyId: string;
  /** Unix milliseconds. */
  expiresAt: number;
}

export class Sessions {
  readonly #objects: Objects;
  readonly #keys: KeyStore;
  readonly #now: () => number;

  constructor(objects: Objects, keys: KeyStore, now: () => number = () => Date.now()) {
    this.#objects = objects;
    this.#keys = keys;
    this.#now = now;
  }

  /** Answers what the browser is to keep, and until when. */
  async begin({ id, expiresAt = Infinity }: Key): Promise<{ token: string; expiresAt: number }> {
    await this.#makeRoom();
    const token = randomBytes(32).toString('base64url');
    const until = Math.min(this.#now() + limits.sessionMsMax, expiresAt);
    const { hash, id: session } = namesOf(token);
    await this.#objects.put<SessionRecord>(SESSIONS, session, { hash, keyId: id, expiresAt: until });
    return { token, expiresAt: until };
  }

  async authenticate(token: string): Promise<Access | Denial> {
    const session = await this.#find(token);
    const key = session && (await this.#keys.get(session.keyId));
    if (session === undefined || key === undefined) return { denied: 'this session has ended; sign in again' };
    const access = accessOf(this.#keys, key);
    if ('denied' in access) return access;
    return { ...access, isStill: async () => !('denied' in (await this.authenticate(token))) };
  }

  /** Ends it here, so that a copy of the cookie is worth nothing. */
  async end(token: string): Promise<void> {
    if ((await this.#find(token)) !== undefined) await this.#objects.delete(SESSIONS, namesOf(token).id);
  }

  async #find(token: string): Promise<SessionRecord | undefined> {
    const { id, hash } = namesOf(token);
    const session = (await this.#objects.get<SessionRecord>(SESSIONS, id))?.body;
    if (session === undefined || session.expiresAt <= this.#now()) return undefined;
    return timingSafeEqual(Buffer.from(session.hash, 'hex'), Buffer.from(hash, 'hex')) ? session : undefined;
  }

  /** Ended ones go, and of too many the oldest. */
  async #makeRoom(): Promise<void> {
    const all = await this.#objects.list<SessionRecord>(SESSIONS);
    const now = this.#now();
    const inOrder = all.toSorted((left, right) => left.changedAt - right.changedAt);
    const tooMany = Math.max(0, all.length - limits.sessionsMax + 1);
    for (const [index, { id, body }] of inOrder.entries())
      if (body.expiresAt <= now || index < tooMany) await this.#objects.delete(SESSIONS, id);
  }
}

function namesOf(token: string): { id: string; hash: string } {
  const hash = createHash('sha256').update(token).digest('hex');
  return { id: hash.slice(0, 16), hash };
}
