import { type Method, originalOf } from '../shadow.ts';

/** A store that several processes share: what lies there may be lost, stale or somebody else's. */
export interface SharedStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** What `ioredis` and `redis` (node-redis) have in common; clusters and pools of both too. Valkey speaks the same. */
export interface RedisClient {
  get(key: string): Promise<unknown>;
  set(...args: never[]): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

export interface RedisOptions {
  /** In front of each key. Default `tallyspan:`. */
  prefix?: string;
}

/**
 * The second tier, over the client that the application has: `ioredis` 5 and 6, or `redis` 4 to 6, connected by the application, which
 * also closes it. An error of the client's connection is told to the client's own `error` listeners; without one Node ends the process,
 * as it would without us.
 *
 * @example
 * const cache = tieredCache({ l2: redis(new Redis()) });
 */
export function redis(client: RedisClient, { prefix = 'tallyspan:' }: RedisOptions = {}): SharedStore {
  // Node-redis names its commands `pSetEx`, ioredis `psetex`.
  const isNodeRedis = typeof (client as { pSetEx?: unknown }).pSetEx === 'function';
  const end = (ttlMs: number): unknown[] => {
    const ms = Math.max(1, Math.floor(ttlMs));
    return isNodeRedis ? [{ PX: ms }] : ['PX', ms];
  };
  return {
    async get(key) {
      // Of a client that is observed itself, the look would be told twice.
      const found: unknown = await Reflect.apply(originalOf(client.get as Method), client, [prefix + key]);
      return typeof found === 'string' ? found : undefined;
    },
    async set(key, text, ttlMs) {
      await client.set(...([prefix + key, text, ...end(ttlMs)] as never[]));
    },
    async delete(key) {
      await client.del(prefix + key);
    },
  };
}
