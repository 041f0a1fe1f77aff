/** `@tallyspan/sdk/cache`: looks into caches, as spans and counters. */
export type { Tier } from './lookup.ts';
export { memory, type MemoryOptions, type MemoryTier } from './memory.ts';
export { observeCache, type ObserveCacheOptions, unobserveCache } from './observe-cache.ts';
export { redis, type RedisClient, type RedisOptions, type SharedStore } from './redis.ts';
export {
  type Found,
  type KeepOptions,
  type TieredCache,
  tieredCache,
  type TieredCacheOptions,
} from './tiered-cache.ts';
