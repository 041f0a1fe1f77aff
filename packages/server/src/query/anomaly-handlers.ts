import { nanosFromUsd, NANOS_PER_SECOND, usdFromNanos } from '@tallyspan/facts';
import { TallyError } from '@tallyspan/facts';
import type { Dimension } from '@tallyspan/store';
import { askedDimensions, askedSpans } from './asked.ts';
import type { Handlers } from './handlers.ts';
import { type Spend, spendAnomalies, WINDOWS_MIN } from './spend-anomalies.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';
import { isoFromNanos, nanosFromIso } from './time.ts';

export function anomalyHandlers(all: QueryStore): Handlers<'getAnomalies'> {
  return {
    async getAnomalies({ query, access }) {
      const { hours, minUsd } = query;
      const [by, ...more] = askedDimensions(query.by);
      if (by === undefined || more.length > 0)
        throw new TallyError('BAD_QUERY', { field: 'by', reason: 'one dimension is compared at a time' });
      const end = query.to === undefined ? BigInt(Date.now()) * 1_000_000n : nanosFromIso(query.to);
      const length = BigInt(hours) * 3_600n * NANOS_PER_SECOND;
      const start = end - length * BigInt(query.windows + 1);
      const filter = { ...askedSpans(query), from: start < 0n ? 0n : start, to: end };
      const window: Dimension = `window:${length}:${end}`;
      const { rows } = await storeFor(all, access).costs([by, window], filter);

      const spends = new Map<string | null, Spend & { nanos: Map<number, bigint> }>();
      let oldest = 0;
      for (const { key, costNanos, calls } of rows) {
        const [value = null, before] = key;
        const place = Number(BigInt(before ?? '0') / length);
        const spend = spends.get(value) ?? { value, nanos: new Map<number, bigint>(), calls: 0 };
        spend.nanos.set(place, costNanos);
        if (place === 0) spend.calls = calls;
        spends.set(value, spend);
        oldest = Math.max(oldest, place);
      }
      // Before anybody spent anything there was nothing to compare with.
      const windows = oldest;
      const minNanos = nanosFromUsd(minUsd);
      const name = hours === 1 ? 'hour' : `${hours} hours`;
      const found = spendAnomalies([...spends.values()], { windows, minNanos, length: name });
      return {
        by,
        from: isoFromNanos(end > length ? end - length : 0n),
        to: isoFromNanos(end),
        windows,
        anomalies: found.map(({ nanos, usualNanos, ...rest }) => ({
          ...rest,
          costUsd: usdFromNanos(nanos),
          usualUsd: usdFromNanos(usualNanos),
        })),
        checked: spends.size,
        note: windows < WINDOWS_MIN ? `There are ${windows} windows of history; ${WINDOWS_MIN} are needed.` : null,
      };
    },
  };
}
