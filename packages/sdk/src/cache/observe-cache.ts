import { originalOf, shadow, type Method } from '../shadow.ts';
import { warnOnce } from '../state.ts';
import { Lookups, type Tier } from './lookup.ts';

export interface ObserveCacheOptions {
  /** Which tier it is: `L1` this process (default), `L2` shared, `L3` the source itself. */
  tier?: Tier;
  /** On the spans: which cache this is. */
  name?: string;
  /** Methods that look something up. Default `['get']`; for Redis hashes `['get', 'hget', 'hGet']`. */
  methods?: readonly string[];
  /** Whether what a look answered is a hit. Default: anything but `undefined` and `null`. */
  isHit?: (value: unknown) => boolean;
  /** Looks with a span; more are only counted. Default 100. */
  spansPerSecondMax?: number;
}

const observed = new WeakMap<object, () => void>();

/**
 * Watches a cache of the application's own: a `Map`, `lru-cache`, `keyv`, a Redis client. Answers the same object; what its methods
 * answer is untouched, but for promises, which are followed. Each look is one `cache_lookup` span with tier and hit; keys and values are not recorded. Hits and misses are
 * counted exactly, spans are not made for more than `spansPerSecondMax` looks a second.
 *
 * @example
 * const answers = observeCache(new Map<string, string>(), { name: 'answers' });
 */
export function observeCache<Cache extends object>(cache: Cache, options: ObserveCacheOptions = {}): Cache {
  if (observed.has(cache)) return cache;
  const { tier = 'L1', name, methods = ['get'], isHit, spansPerSecondMax } = options;
  const lookups = new Lookups({ name, spansPerSecondMax });
  const restore: (() => void)[] = [];
  for (const each of methods) {
    try {
      const method: unknown = (cache as Record<string, unknown>)[each];
      if (typeof method !== 'function') continue;
      const original = originalOf(method as Method);
      restore.push(
        shadow(cache, each, method as Method, function (this: unknown, ...args: unknown[]) {
          const look = () => Reflect.apply(original, this, args);
          return typeof args.at(-1) === 'function'
            ? besides(look, (answer) => lookups.look(tier, () => answer, isHit))
            : lookups.look(tier, look, isHit);
        }),
      );
    } catch {
      warnOnce(`cache:${each}`, `${each} of a cache cannot be watched (is it frozen?); its looks are not recorded`);
    }
  }
  observed.set(cache, () => restore.forEach((undo) => undo()));
  return cache;
}

/** Takes {@link observeCache} back. Answers the cache; one that is not observed comes back as it is. */
export function unobserveCache<Cache extends object>(cache: Cache): Cache {
  observed.get(cache)?.();
  observed.delete(cache);
  return cache;
}

/**
 * For whoever handed over a callback: the promise that comes back is looked at by nobody, so it must be the library's own, whose
 * rejection is dealt with.
 */
function besides(look: () => unknown, follow: (answer: unknown) => unknown): unknown {
  const answer = look();
  const followed = follow(answer);
  if (followed instanceof Promise) followed.catch(() => {});
  return answer;
}
