/** Which questions about costs the sums by the hour answer as the spans themselves do. */
import type { Filter, TextField } from '@tallyspan/facts/query';
import { bucketOf, type Dimension, timeBuckets, windowOf } from './dimensions.ts';
import type { CostFilter } from './store.ts';

/** Columns of `spans` that sums are kept by, under the same names. */
export const sumKeys = [
  'tenant',
  'tenant_given',
  'agent',
  'role',
  'provider',
  'request_model',
  'response_model',
  'operation',
  'cost_source',
] as const;

/** Texts that are made of these columns alone. */
const covered: ReadonlySet<string> = new Set<TextField>([
  'tenant',
  'agent',
  'role',
  'provider',
  'model',
  'request_model',
  'response_model',
  'operation',
  'source',
]);

const { hour } = timeBuckets;

export interface Cover {
  /** Whole hours that the sums answer for; from, inclusive, and to, exclusive. Undefined: from the first one, to the last one. */
  from: bigint | undefined;
  to: bigint | undefined;
  /** What is left of the first and of the last hour, for the spans themselves. */
  edges: { from: bigint; to: bigint }[];
}

/** Undefined when only the spans can answer. */
export function coverOf(by: readonly Dimension[], filter: CostFilter): Cover | undefined {
  const { from, to, user, runId, traceId, spanId, where } = filter;
  if ([user, runId, traceId, spanId].some((each) => each !== undefined)) return undefined;
  if (!by.every(coversDimension) || (where && !coversFilter(where))) return undefined;
  // What starts before 1970 shares its hour with what starts after; nobody has such spans.
  if ((from ?? 0n) < 0n || (to ?? 0n) < 0n) return undefined;
  const first = from === undefined ? undefined : ((from + hour - 1n) / hour) * hour;
  const last = to === undefined ? undefined : (to / hour) * hour;
  if (first !== undefined && last !== undefined && first >= last) return undefined;
  const edges: Cover['edges'] = [];
  if (from !== undefined && first !== undefined && from < first) edges.push({ from, to: first });
  if (to !== undefined && last !== undefined && last < to) edges.push({ from: last, to });
  return { from: first, to: last, edges };
}

function coversDimension(dimension: Dimension): boolean {
  const window = windowOf(dimension);
  if (window) return window.length % hour === 0n && window.end % hour === 0n;
  const bucket = bucketOf(dimension);
  return bucket ? timeBuckets[bucket] % hour === 0n : covered.has(dimension);
}

function coversFilter(filter: Filter): boolean {
  if (filter.kind === 'not') return coversFilter(filter.of);
  if (filter.kind === 'all' || filter.kind === 'any') return filter.of.every(coversFilter);
  return filter.kind !== 'contains' && !('key' in filter.field) && covered.has(filter.field.name);
}
