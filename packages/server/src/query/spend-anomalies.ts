/**
 * Who spends unusually much. Each one is compared with its own past, in windows of the same length: with the median, which a few wild windows
 * do not move, and the median absolute deviation as the usual spread (Rousseeuw and Croux 1993). Who spends in fewer than half of the windows
 * has a median of nothing, and is compared with the most that one of its windows had: a nightly job is no surprise at night.
 */
import { usdFromNanos } from '@tallyspan/facts';

export interface Spend {
  value: string | null;
  /** Nano-dollars by window; 0 is the one that is looked at, 1 the one before… What is missing is nothing spent. */
  nanos: ReadonlyMap<number, bigint>;
  /** Calls in the window that is looked at. */
  calls: number;
}

export interface SpendAnomaly {
  value: string | null;
  nanos: bigint;
  usualNanos: bigint;
  times: number | null;
  score: number;
  calls: number;
  explanation: string;
}

/** So many usual spreads above the usual; and at least so many times the usual, whatever the spread. */
const SCORE_MIN = 4;
const TIMES_MIN = 1.5;
/** Windows of history without which nothing is unusual. */
export const WINDOWS_MIN = 5;
/** What scales the deviation to the standard deviation of a normal distribution. */
const NORMAL = 1.4826;
/** A spread is never thought smaller than this part of the usual: ten calls instead of nine are no news. */
const SPREAD_MIN = 0.1;

/** Over `windows` past windows of which there is data at all; `length` is how one is called: `hour`, `6 hours`. */
export function spendAnomalies(
  spends: readonly Spend[],
  { windows, minNanos, length }: { windows: number; minNanos: bigint; length: string },
): SpendAnomaly[] {
  if (windows < WINDOWS_MIN) return [];
  return spends
    .flatMap((spend) => judge(spend, windows, minNanos, length) ?? [])
    .sort((one, other) => (one.nanos === other.nanos ? 0 : one.nanos > other.nanos ? -1 : 1));
}

function judge(spend: Spend, windows: number, minNanos: bigint, length: string): SpendAnomaly | undefined {
  const nanos = spend.nanos.get(0) ?? 0n;
  if (nanos < minNanos || nanos === 0n) return undefined;
  const past = Array.from({ length: windows }, (_, index) => Number(spend.nanos.get(index + 1) ?? 0n));
  const middle = median(past);
  const most = Math.max(...past);
  const isSteady = middle > 0;
  const usual = isSteady ? middle : most;
  const deviation = isSteady ? median(past.map((each) => Math.abs(each - middle))) * NORMAL : 0;
  // Without a spread of its own, what is worth a word at all is the measure.
  const spread = Math.max(deviation, usual * SPREAD_MIN, Number(minNanos) / SCORE_MIN, 1);
  const now = Number(nanos);
  const score = (now - usual) / spread;
  if (score < SCORE_MIN && usual > 0) return undefined;
  if (now < usual * TIMES_MIN) return undefined;
  const times = usual > 0 ? now / usual : null;
  const usualNanos = BigInt(Math.round(usual));
  const compared = isSteady
    ? `usually ${dollars(usualNanos)} (median of ${windows})`
    : usual > 0
      ? `never more than ${dollars(usualNanos)} in ${windows} before`
      : `nothing in ${windows} before`;
  const factor = times === null ? '' : `, ${times >= 10 ? Math.round(times) : times.toFixed(1)} times as much`;
  const explanation = `${dollars(nanos)} in the last ${length}; ${compared}${factor}.`;
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return {
    ...{ value: spend.value, nanos, usualNanos, calls: spend.calls, explanation },
    times: times === null ? null : rounded(times),
    score: rounded(score),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** To the cent, or finer where there is no cent. */
function dollars(nanos: bigint): string {
  const value = Number(nanos) / 1e9;
  return value >= 0.1 ? `$${value.toFixed(2)}` : `$${usdFromNanos(nanos)}`;
}
