/** From a figure to the calls behind it: what stands in its row and column, as a filter. */
import { writeTerm } from '@tallyspan/facts/query';
import { millisFromIso } from '../format/time.ts';
import { bucketMs } from './dimensions.ts';

/** `model:gpt-4o -has:role`, and the two ends of the bucket of time that it is of. */
export interface CellFilter {
  terms: string;
  at: { from: string; to: string } | undefined;
}

/** Only billable calls are in a figure, and each of them has a source of its price. */
const BILLABLE = 'has:source';

export function cellFilter(place: readonly { dimension: string; value: string | null }[]): CellFilter {
  const terms: string[] = [];
  let at: CellFilter['at'];
  for (const { dimension, value } of place) {
    const length = bucketMs(dimension);
    if (length === undefined) terms.push(writeTerm(dimension as Parameters<typeof writeTerm>[0], value));
    else if (value !== null) {
      const start = millisFromIso(value);
      if (!Number.isNaN(start)) at = { from: iso(start), to: iso(start + length) };
    }
  }
  return { terms: [...terms, BILLABLE].join(' '), at };
}

/** Two filters that both must hold. One with OR in it stays together. */
export function bothFilters(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return `(${one}) ${other}`;
}

/** The shorter of two stretches of time: a bucket at the edge of the time that is looked at is only partly in it. */
export function narrowed(
  outer: { from?: string; to?: string },
  inner: { from: string; to: string } | undefined,
): { from?: string; to?: string } {
  if (inner === undefined) return outer;
  const { from, to } = outer;
  return {
    from: from !== undefined && Date.parse(from) > Date.parse(inner.from) ? from : inner.from,
    to: to !== undefined && Date.parse(to) < Date.parse(inner.to) ? to : inner.to,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
