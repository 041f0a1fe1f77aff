import { limits } from '@tallyspan/facts';
import { CircuitBreaker } from '../guard/remote/circuit-breaker.ts';
import { fields, number } from '../read.ts';
import { warnOnce } from '../state.ts';
import { Lookups, type Tier } from './lookup.ts';
import { memory, type MemoryTier } from './memory.ts';
import type { SharedStore } from './redis.ts';
import { readKeys, type Seal, sealWith } from './seal.ts';
import { sizeOf } from './size.ts';
import { within } from './within.ts';

export interface TieredCacheOptions {
  /** On the spans: which cache this is. */
  name?: string;
  /** This process. Default: `memory()`. */
  l1?: MemoryTier;
  /** What several processes share: `redis(client)`. Default: none. */
  l2?: SharedStore;
  /** How long what says nothing of its end is kept, in milliseconds. Default 5 minutes. */
  ttlMs?: number;
  /**
   * What is written to the shared tier is encrypted with it (AES-256-GCM): 32 bytes, 64 hex digits or base64; a text may have several
   * with commas between, of which the first encrypts. Default: `TALLYSPAN_CACHE_KEY`. Without a key secrets stay in this process.
   */
  encryptionKey?: string | Uint8Array;
  /** How long one look into the shared tier may take, in milliseconds. Default 250. */
  sharedTimeoutMs?: number;
  /** Looks with a span; more are only counted. Default 100. */
  spansPerSecondMax?: number;
}

/** How one value is kept. */
export interface KeepOptions<Value> {
  /** Default: that of the cache. */
  ttlMs?: number;
  /** When the value itself ends: a `Date` or Unix milliseconds. It is kept until {@link marginMs} before. */
  expiresAt?: (value: Value) => Date | number | undefined;
  /** Milliseconds. Default 10 minutes, but no more than half of the life that is left. */
  marginMs?: number;
  /** The value is a secret: it goes to the shared tier encrypted or not at all. Default false. */
  secret?: boolean;
  /** Makes a value of what was read from the shared tier, which may be anything; undefined for what is none. Default: as it is. */
  revive?: (stored: unknown) => Value | undefined;
}

export interface Found<Value> {
  value: Value;
  tier: Tier;
}

export interface TieredCache {
  /** The value of this key, from the first tier that has it, else from `load`. Rejects only with what `load` throws. */
  get<Value>(key: string, load: () => Value | Promise<Value>, options?: KeepOptions<Value>): Promise<Value>;
  /** The same, with the tier that had it. */
  lookup<Value>(key: string, load: () => Value | Promise<Value>, options?: KeepOptions<Value>): Promise<Found<Value>>;
  /** Forgets a key in both tiers. Never rejects. */
  delete(key: string): Promise<void>;
}

/**
 * A cache of two tiers in front of the source: L1 is this process, L2 a Redis or Valkey, L3 what `load` gives. Each tier that is asked
 * is one `cache_lookup` span with its tier and whether it had the value.
 *
 * Callers who miss the same key at once load it once. `undefined` and `null` are not kept, nor are errors. A shared tier that is slow,
 * down or full of rubbish costs at most `sharedTimeoutMs` and is then left alone for 5 seconds. Values for the shared tier go through
 * JSON: dates come back as text.
 *
 * @example
 * const cache = tieredCache({ name: 'rates', l2: redis(client), ttlMs: 60_000 });
 * const rates = await cache.get('EUR', () => fetchRates('EUR'));
 */
export function tieredCache(options: TieredCacheOptions = {}): TieredCache {
  return new Tiers(options);
}

interface Flight {
  since: number;
  found: Promise<Found<unknown>>;
}

class Tiers implements TieredCache {
  readonly #l1: MemoryTier;
  readonly #l2: SharedStore | undefined;
  readonly #ttlMs: number;
  readonly #timeoutMs: number;
  readonly #seal: Seal | undefined;
  readonly #lookups: Lookups;
  readonly #breaker = new CircuitBreaker({
    failuresMax: limits.cacheSharedFailuresMax,
    openMs: limits.cacheSharedPauseMs,
  });
  readonly #flights = new Map<string, Flight>();

  constructor(options: TieredCacheOptions) {
    const { name, l1, l2, ttlMs, encryptionKey, sharedTimeoutMs, spansPerSecondMax } = options;
    this.#l1 = l1 ?? memory();
    this.#l2 = l2;
    this.#ttlMs = ttlMs ?? limits.cacheTtlMs;
    this.#timeoutMs = sharedTimeoutMs ?? limits.cacheSharedTimeoutMs;
    this.#lookups = new Lookups({ name, spansPerSecondMax });
    const keys = readKeys(encryptionKey ?? process.env.TALLYSPAN_CACHE_KEY);
    if (!keys)
      warnOnce('cache-key', 'the encryption key of a cache is not 32 bytes; secrets are kept in this process only');
    this.#seal = keys && sealWith(keys);
  }

  async get<Value>(key: string, load: () => Value | Promise<Value>, options?: KeepOptions<Value>): Promise<Value> {
    return (await this.lookup(key, load, options)).value;
  }

  async lookup<Value>(
    key: string,
    load: () => Value | Promise<Value>,
    options: KeepOptions<Value> = {},
  ): Promise<Found<Value>> {
    const held = this.#lookups.look('L1', () => this.#l1.get(key));
    if (held !== undefined) return { value: held as Value, tier: 'L1' };
    const under = this.#flights.get(key);
    if (under && performance.now() - under.since < limits.cacheLoadMsMax) return under.found as Promise<Found<Value>>;
    const flight: Flight = { since: performance.now(), found: this.#below(key, load, options) };
    this.#flights.set(key, flight);
    try {
      return (await flight.found) as Found<Value>;
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }

  async delete(key: string): Promise<void> {
    this.#l1.delete(key);
    this.#flights.delete(key);
    await this.#ask((store) => store.delete(key)).catch(() => {});
  }

  async #below<Value>(
    key: string,
    load: () => Value | Promise<Value>,
    options: KeepOptions<Value>,
  ): Promise<Found<Value>> {
    const shared = await this.#fromShared(key, options);
    if (shared) {
      this.#l1.set(key, shared.value, shared.staleAt);
      return { value: shared.value, tier: 'L2' };
    }
    const value = await this.#lookups.look('L3', async () => load());
    this.#keep(key, value, options);
    return { value, tier: 'L3' };
  }

  #keep<Value>(key: string, value: Value, options: KeepOptions<Value>): void {
    if (value === undefined || value === null) return;
    try {
      const now = Date.now();
      const staleAt = now + lifeMs(value, now, this.#ttlMs, options);
      this.#l1.set(key, value, staleAt);
      if (staleAt <= now || !this.#sharesWith(options)) return;
      if (sizeOf(value, limits.cacheEntryBytesMax) === Infinity) return;
      const text = JSON.stringify({ staleAt, value });
      // Nobody waits for it: the value is there.
      this.#ask((store) => store.set(key, this.#seal?.close(text, key) ?? text, staleAt - now), true).catch(() => {});
    } catch {
      // What cannot be kept is loaded again.
    }
  }

  async #fromShared<Value>(
    key: string,
    options: KeepOptions<Value>,
  ): Promise<{ value: Value; staleAt: number } | undefined> {
    if (!this.#sharesWith(options)) return undefined;
    try {
      return await this.#lookups.look('L2', async () =>
        this.#read(await this.#ask((store) => store.get(key)), key, options),
      );
    } catch {
      return undefined;
    }
  }

  #sharesWith({ secret }: Pick<KeepOptions<unknown>, 'secret'>): boolean {
    return this.#l2 !== undefined && (!secret || this.#seal !== undefined);
  }

  async #ask<Result>(work: (store: SharedStore) => Promise<Result>, inBackground = false): Promise<Result | undefined> {
    const store = this.#l2;
    if (!store) return undefined;
    return this.#breaker.run(() => within(this.#timeoutMs, async () => work(store), { inBackground }));
  }

  /** What lies in the shared tier is anybody's: it counts when it has our shape, is not stale, and opens where there is a key. */
  #read<Value>(
    stored: string | undefined,
    key: string,
    { revive }: KeepOptions<Value>,
  ): { value: Value; staleAt: number } | undefined {
    if (stored === undefined || stored.length > limits.cacheEntryBytesMax * 2) return undefined;
    const text = this.#seal ? this.#seal.open(stored, key) : stored;
    if (text === undefined) return undefined;
    const entry = fields(parsed(text));
    const staleAt = number(entry.staleAt);
    if (staleAt === undefined || staleAt <= Date.now()) return undefined;
    const value = revive ? revive(entry.value) : (entry.value as Value | undefined);
    return value === undefined || value === null ? undefined : { value, staleAt };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds that a value may be kept; 0 when not at all. */
function lifeMs<Value>(value: Value, now: number, ttlMs: number, options: KeepOptions<Value>): number {
  const end = options.expiresAt?.(value);
  const given = options.ttlMs ?? ttlMs;
  if (end === undefined) return Math.max(0, given);
  const left = Number(end) - now;
  const kept = left - Math.min(options.marginMs ?? limits.credentialMarginMs, left / 2);
  return Math.max(0, Math.min(kept, options.ttlMs ?? Infinity)) || 0;
}
