/** What spans can be grouped by. */
import { isTextField, type TextField } from '@tallyspan/facts/query';

/** Where a number per bucket of time is asked for. UTC. */
export const timeBuckets = { minute: 60_000_000_000n, hour: 3_600_000_000_000n, day: 86_400_000_000_000n } as const;
export type TimeBucket = keyof typeof timeBuckets;

/**
 * A text of the filter's table; `run`, its number; an attribute by its key; or the bucket of time in which a span starts, whose key is
 * nanoseconds as text.
 */
export type Dimension = TextField | 'run' | `attr.${string}` | `resource.${string}` | `time:${TimeBucket}` | Window;

/** Windows of so many nanoseconds that end where the last one ends; the key is how much earlier a window ends. No route takes it. */
export type Window = `window:${bigint}:${bigint}`;

/** The length of the windows, and the end of the last one, for spans that start before it. */
export function windowOf(name: string): { length: bigint; end: bigint } | undefined {
  const match = /^window:(\d{1,19}):(\d{1,19})$/.exec(name);
  return match ? { length: BigInt(match[1]!), end: BigInt(match[2]!) } : undefined;
}

/** Those that a cost pivot is usually about. */
export const dimensions = [
  'tenant',
  'agent',
  'run',
  'role',
  'provider',
  'model',
  'operation',
  'user',
  'session',
] as const satisfies readonly Dimension[];

export function isDimension(name: string): name is Dimension {
  return name === 'run' || isTextField(name) || bucketOf(name) !== undefined || keyedDimension(name) !== undefined;
}

export function bucketOf(name: string): TimeBucket | undefined {
  const bucket = name.startsWith('time:') ? name.slice('time:'.length) : '';
  return Object.hasOwn(timeBuckets, bucket) ? (bucket as TimeBucket) : undefined;
}

/** `attr.http.method` as where it lies and its key. */
export function keyedDimension(name: string): { of: 'attr' | 'resource'; key: string } | undefined {
  const match = /^(attr|resource)\.(.+)$/s.exec(name);
  return match ? { of: match[1] as 'attr' | 'resource', key: match[2]! } : undefined;
}
