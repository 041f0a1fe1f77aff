/**
 * The keys of a server, among its objects. A record is never changed but for being revoked, and a revoked one stays for a while:
 * so it can be told of, and the server does not stand open again when the last one is gone.
 */
import { timingSafeEqual } from 'node:crypto';
import { limits, TallyError } from '@tallyspan/facts';
import type { Objects, StoredObject } from '@tallyspan/store';
import type { Scope } from '../api.ts';
import { hashKey, idOfHash, maskKey, newKey } from './api-key.ts';

const KEYS = 'keys';
/** When each was used last lies apart: writing it must never undo a revocation. */
const USES = 'key-uses';

/** A key as it is kept. */
export interface KeyRecord {
  /** SHA-256 of the whole key, in hex. */
  hash: string;
  name: string;
  prefix: string;
  last4: string;
  scope: Scope;
  /** Undefined is all of them. */
  tenant?: string;
  /** The only agent whose task traces it may send. */
  agent?: string;
  /** Unix milliseconds. */
  createdAt: number;
  createdBy: string;
  expiresAt?: number;
  revokedAt?: number;
}

export interface Key extends KeyRecord {
  id: string;
  lastUsedAt?: number;
}

export interface NewKey extends Pick<KeyRecord, 'name' | 'scope' | 'createdBy'> {
  tenant?: string | undefined;
  agent?: string | undefined;
  expiresAt?: number | undefined;
}

export class KeyStore {
  readonly #objects: Objects;
  readonly #now: () => number;
  /** Once there was a key there always is one. */
  #any = false;
  /** What was last known of keys in use, for when the objects cannot be read. The oldest goes first. */
  readonly #remembered = new Map<string, { key: Key; at: number }>();
  readonly #usedAt = new Map<string, number>();

  constructor(objects: Objects, now: () => number = () => Date.now()) {
    this.#objects = objects;
    this.#now = now;
  }

  /** Whether any key was ever made. */
  async any(): Promise<boolean> {
    this.#any ||= (await this.#objects.list(KEYS)).length > 0;
    return this.#any;
  }

  async list(): Promise<Key[]> {
    const [records, uses] = await Promise.all([
      this.#objects.list<KeyRecord>(KEYS),
      this.#objects.list<{ at: number }>(USES),
    ]);
    const usedAt = new Map(uses.map(({ id, body }) => [id, body.at]));
    return records.map(({ id, body }) => ({ id, ...body, ...when('lastUsedAt', usedAt.get(id)) }));
  }

  async get(id: string): Promise<Key | undefined> {
    const [record, use] = await Promise.all([
      this.#objects.get<KeyRecord>(KEYS, id),
      this.#objects.get<{ at: number }>(USES, id),
    ]);
    return record && { id, ...record.body, ...when('lastUsedAt', use?.body.at) };
  }

  /**
   * By the key itself; undefined for one that nobody made. The record is found by its hash and the whole hash compared in constant
   * time. `stale` is when it was last seen, while the objects cannot be read.
   */
  async find(secret: string): Promise<{ key: Key; stale?: number } | undefined> {
    const hash = hashKey(secret);
    const id = idOfHash(hash);
    const same = (key: Key): boolean => timingSafeEqual(Buffer.from(key.hash, 'hex'), Buffer.from(hash, 'hex'));
    let record: StoredObject<KeyRecord> | undefined;
    try {
      record = await this.#objects.get<KeyRecord>(KEYS, id);
    } catch (error) {
      const known = this.#remembered.get(id);
      if (known === undefined || !same(known.key)) throw error;
      return { key: known.key, stale: known.at };
    }
    if (record === undefined) return undefined;
    const key = { id, ...record.body };
    if (!same(key)) return undefined;
    this.#remember(key);
    return { key };
  }

  /** Answers the key itself, which is shown this once and not kept. Throws KEYS_TOO_MANY. */
  async create(wanted: NewKey, secret: string = newKey(wanted.scope)): Promise<{ key: Key; secret: string }> {
    const { name, scope, tenant, agent, expiresAt, createdBy } = wanted;
    await this.#makeRoom();
    const hash = hashKey(secret);
    const id = idOfHash(hash);
    const record: KeyRecord = {
      ...{ hash, name, ...maskKey(secret), scope, createdAt: this.#now(), createdBy },
      ...when('tenant', tenant),
      ...when('agent', agent),
      ...when('expiresAt', expiresAt),
    };
    await this.#objects.put(KEYS, id, record, 0);
    this.#any = true;
    return { key: { id, ...record }, secret };
  }

  /** From when it is no longer good, `at`, Unix milliseconds; default now. Twice is once. Undefined for one that is not there. */
  async revoke(id: string, at: number = this.#now()): Promise<Key | undefined> {
    for (;;) {
      const found = await this.#objects.get<KeyRecord>(KEYS, id);
      if (found === undefined) return undefined;
      const { body, version } = found;
      if (body.revokedAt !== undefined && body.revokedAt <= at) return { id, ...body };
      try {
        await this.#objects.put(KEYS, id, { ...body, revokedAt: at }, version);
        return { id, ...body, revokedAt: at };
      } catch (error) {
        if ((error as { code?: string }).code !== 'OBJECT_CHANGED') throw error;
      }
    }
  }

  stateOf({ revokedAt, expiresAt }: KeyRecord): 'good' | 'revoked' | 'expired' {
    const now = this.#now();
    if ((revokedAt ?? Infinity) <= now) return 'revoked';
    return (expiresAt ?? Infinity) <= now ? 'expired' : 'good';
  }

  /** Good keys that may do everything. */
  async admins(): Promise<Key[]> {
    const all = await this.list();
    return all.filter((key) => key.scope === 'admin' && key.tenant === undefined && this.stateOf(key) === 'good');
  }

  /** Remembers when a key was used, to the hour. Never fails, as nothing depends on it. */
  used(id: string): void {
    const now = this.#now();
    if (now - (this.#usedAt.get(id) ?? 0) < limits.keyUseMsMin) return;
    if (this.#usedAt.size >= limits.keysMax) this.#usedAt.clear();
    this.#usedAt.set(id, now);
    this.#objects.put(USES, id, { at: now }).catch(() => this.#usedAt.delete(id));
  }

  #remember(key: Key): void {
    this.#remembered.delete(key.id);
    this.#remembered.set(key.id, { key, at: this.#now() });
    if (this.#remembered.size > limits.keysMax) this.#remembered.delete(this.#remembered.keys().next().value!);
  }

  async #makeRoom(): Promise<void> {
    const keys = await this.#objects.list<KeyRecord>(KEYS);
    if (keys.length < limits.keysMax) return;
    const long = this.#now() - limits.keyRevokedMsMax;
    const gone = keys.filter(({ body }) => Math.min(body.revokedAt ?? Infinity, body.expiresAt ?? Infinity) < long);
    if (gone.length === 0) throw new TallyError('KEYS_TOO_MANY', { limit: limits.keysMax, things: 'keys' });
    for (const { id } of gone) {
      await this.#objects.delete(KEYS, id);
      await this.#objects.delete(USES, id);
    }
  }
}

function when<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: Value };
}
