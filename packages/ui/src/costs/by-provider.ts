import type { ModelRow, Totals } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';
import { sumTotals } from './sum-totals.ts';

export interface ProviderRow {
  provider: string | null;
  totals: Totals;
  /** Failed calls of all calls; null when there were none. */
  errorRate: number | null;
}

/** Calls and failures are counts, so those of a provider are the sums of its models. Most failing first. */
export function byProvider(models: readonly ModelRow[]): ProviderRow[] {
  const sums = new Map<string | null, ModelRow[]>();
  for (const row of models) sums.set(row.provider, [...(sums.get(row.provider) ?? []), row]);
  return [...sums]
    .map(([provider, rows]) => {
      const totals = sumTotals(rows);
      return { provider, totals, errorRate: totals.calls > 0 ? totals.errors / totals.calls : null };
    })
    .toSorted((a, b) => (b.errorRate ?? -1) - (a.errorRate ?? -1) || b.totals.calls - a.totals.calls);
}

export interface Slice {
  name: string;
  share: number;
  colour: number | 'rest';
}

const SLICES_SHOWN = 6;

/** Shares of the whole that together are all of it. A model has one colour, whatever is shared; the least dear are one slice. */
export function slices(models: readonly ModelRow[], of: 'cost' | 'calls'): Slice[] {
  const amount = (row: ModelRow) => (of === 'cost' ? nanosFromUsd(row.costUsd) : BigInt(row.calls));
  const whole = models.reduce((sum, row) => sum + amount(row), 0n);
  if (whole === 0n) return [];
  const share = (rows: readonly ModelRow[]) =>
    Number((rows.reduce((sum, row) => sum + amount(row), 0n) * 1_000_000n) / whole) / 1e6;
  const dearest = models.toSorted(
    (a, b) => compare(nanosFromUsd(b.costUsd), nanosFromUsd(a.costUsd)) || b.calls - a.calls,
  );
  const named = dearest.length <= SLICES_SHOWN ? dearest : dearest.slice(0, SLICES_SHOWN - 1);
  const rest = dearest.slice(named.length);
  return [
    ...named.map((row, i): Slice => ({ name: row.model ?? 'no model', share: share([row]), colour: i + 1 })),
    ...(rest.length > 0 ? [{ name: `${rest.length} others`, share: share(rest), colour: 'rest' as const }] : []),
  ]
    .filter((slice) => slice.share > 0)
    .toSorted((a, b) => b.share - a.share);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
