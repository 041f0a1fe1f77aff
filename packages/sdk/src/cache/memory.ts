import { limits } from '@tallyspan/facts';
import { sizeOf } from './size.ts';

export interface MemoryOptions {
  /** Default 1,000. */
  entriesMax?: number;
  /** Bytes of all values and keys together, as far as they can be told. Default 16 MiB. */
  bytesMax?: number;
}

/** The first tier: values of this process, as they are. */
export interface MemoryTier {
  readonly entries: number;
  readonly bytes: number;
  get(key: string): unknown;
  /** `staleAt` in Unix milliseconds. A value that is too large, or stale already, is not kept. */
  set(key: string, value: unknown, staleAt: number): void;
  delete(key: string): void;
  clear(): void;
}

/**
 * Keeps values in this process, by reference: whoever changes one changes it for all. When it is full, those go that were not asked
 * for longest. Nothing in here holds the process or runs by itself.
 */
export function memory(options: MemoryOptions = {}): MemoryTier {
  return new LruMemory(options);
}

interface Entry {
  value: unknown;
  staleAt: number;
  bytes: number;
}

/** Least recently used first: a Map keeps the order in which keys were put in. */
class LruMemory implements MemoryTier {
  readonly #held = new Map<string, Entry>();
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  bytes = 0;

  constructor({ entriesMax = limits.cacheEntriesMax, bytesMax = limits.cacheBytesMax }: MemoryOptions) {
    this.#entriesMax = entriesMax;
    this.#bytesMax = bytesMax;
  }

  get entries(): number {
    return this.#held.size;
  }

  get(key: string): unknown {
    const entry = this.#held.get(key);
    if (!entry) return undefined;
    this.#held.delete(key);
    if (entry.staleAt <= Date.now()) {
      this.bytes -= entry.bytes;
      return undefined;
    }
    this.#held.set(key, entry);
    return entry.value;
  }

  set(key: string, value: unknown, staleAt: number): void {
    this.delete(key);
    const bytes = key.length * 2 + sizeOf(value, Math.min(limits.cacheEntryBytesMax, this.#bytesMax));
    if (bytes > this.#bytesMax || this.#entriesMax < 1 || !(staleAt > Date.now())) return;
    this.#held.set(key, { value, staleAt, bytes });
    this.bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= this.#entriesMax && this.bytes <= this.#bytesMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#held.get(key);
    if (!entry) return;
    this.#held.delete(key);
    this.bytes -= entry.bytes;
  }

  clear(): void {
    this.#held.clear();
    this.bytes = 0;
  }
}
