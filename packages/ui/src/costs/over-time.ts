/** Spending over time: the answer by bucket and one dimension, as bars that stand side by side without a gap. */
import type { Costs, Totals } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';
import { millisFromIso } from '../format/time.ts';
import { bucketMs } from './dimensions.ts';
import type { Measure } from './costs-search.ts';
import { NOTHING, sumTotals } from './sum-totals.ts';

/** Parts of a bar that get a colour of their own. */
const SERIES_SHOWN = 6;
const BARS_MAX = 96;
const BARS_MIN = 12;
/** How many buckets of the server one bar may hold; days stay whole. */
const STEPS_MS = [60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000];

export interface Bar {
  fromMs: number;
  toMs: number;
  total: Totals;
  /** One for each series, undefined where it has no calls. */
  parts: readonly (Totals | undefined)[];
}

export interface Series {
  /** Undefined for all others together. */
  value: string | null | undefined;
  /** How many values the others are. */
  others: number;
  total: Totals;
}

export interface OverTime {
  series: Series[];
  bars: Bar[];
}

/** `from` and `to` in milliseconds are the time that is looked at; without them that of the calls. */
export function overTime(costs: Costs, looked: { fromMs: number | undefined; toMs: number }): OverTime {
  const length = bucketMs(costs.by[0] ?? '') ?? 3_600_000;
  const found = costs.rows.flatMap(({ key, ...totals }) => {
    const startMs = key[0] == null ? Number.NaN : millisFromIso(key[0]);
    return Number.isNaN(startMs) ? [] : [{ startMs, value: key[1] ?? null, totals }];
  });
  if (found.length === 0) return { series: [], bars: [] };

  const series = seriesOf(found);
  const placeOf = new Map(series.map((each, place) => [each.value, place]));
  const first = found.reduce((least, { startMs }) => Math.min(least, startMs), Infinity);
  const last = found.reduce((most, { startMs }) => Math.max(most, startMs), -Infinity);
  const end = Math.max(last + length, looked.fromMs === undefined ? 0 : looked.toMs);
  const begin = Math.min(first, looked.fromMs ?? Infinity, end - BARS_MIN * length);
  const step = STEPS_MS.find((each) => each >= length && (end - begin) / each <= BARS_MAX) ?? STEPS_MS.at(-1)!;
  const start = Math.floor(begin / step) * step;

  const heaps = Array.from({ length: Math.ceil((end - start) / step) }, () => new Map<number, Totals[]>());
  for (const { startMs, value, totals } of found) {
    const heap = heaps[Math.floor((startMs - start) / step)]!;
    const place = placeOf.get(value) ?? series.length - 1;
    heap.set(place, [...(heap.get(place) ?? []), totals]);
  }
  return {
    series,
    bars: heaps.map((heap, i) => {
      const parts = series.map((_, place) => (heap.has(place) ? sumTotals(heap.get(place)!) : undefined));
      return {
        fromMs: start + i * step,
        toMs: start + (i + 1) * step,
        total: sumTotals(parts.filter((part) => part !== undefined)),
        parts,
      };
    }),
  };
}

function seriesOf(found: readonly { value: string | null; totals: Totals }[]): Series[] {
  const sums = new Map<string | null, Totals[]>();
  for (const { value, totals } of found) sums.set(value, [...(sums.get(value) ?? []), totals]);
  const all = [...sums]
    .map(([value, parts]): Series => ({ value, others: 0, total: sumTotals(parts) }))
    .toSorted(
      (a, b) => Number(nanosFromUsd(b.total.costUsd) - nanosFromUsd(a.total.costUsd)) || b.total.calls - a.total.calls,
    );
  if (all.length <= SERIES_SHOWN) return all;
  const rest = all.slice(SERIES_SHOWN - 1);
  const others = { value: undefined, others: rest.length, total: sumTotals(rest.map(({ total }) => total)) };
  return [...all.slice(0, SERIES_SHOWN - 1), others];
}

/** How high something is drawn. Near enough to draw, not to add. */
export function heightOf(totals: Totals | undefined, measure: Measure): number {
  const { costUsd, calls, errors, inputTokens, outputTokens } = totals ?? NOTHING;
  if (measure === 'cost') return Number(nanosFromUsd(costUsd)) / 1e9;
  if (measure === 'tokens') return inputTokens + outputTokens;
  return measure === 'calls' ? calls : errors;
}

/** The next round figure above, of which half is round as well. */
export function roundAbove(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((each) => each * unit >= value * 0.999_999)!;
  return factor * unit;
}
