import { BILLABLE, type Facts, loadPrices, type Prices, priceSpan } from '@tallyspan/facts';

let prices: Prices | undefined;
let loading: Promise<void> | undefined;

/** Calls that ended before the price table was there. It loads in milliseconds, so this is short; bounded all the same. */
const waiting: (() => void)[] = [];
const WAITING_MAX = 10_000;

/** Starts loading the price table in the background. Called when something is first watched, long before a call ends. */
export function warmPrices(): void {
  loading ??= loadPrices()
    .then((loaded) => {
      prices = loaded;
    })
    .catch(() => undefined)
    .finally(() => {
      for (const resume of waiting.splice(0)) resume();
    })
    .then(() => undefined);
}

/**
 * Adds the cost to the facts and hands them on: at once when prices are there (nearly always), else as soon as they are.
 * A cost that the provider reported stays as it is; an unknown price leaves the fact absent, never 0.
 */
export function withCost(facts: Facts, startMicros: number, next: (facts: Facts) => void): void {
  if (facts.operation === undefined || !BILLABLE.has(facts.operation) || facts.costNanoUsd !== undefined) return next(facts);
  if (prices === undefined) {
    warmPrices();
    if (waiting.length < WAITING_MAX) waiting.push(() => next(priced(facts, startMicros)));
    else next(facts);
    return;
  }
  next(priced(facts, startMicros));
}

function priced(facts: Facts, startMicros: number): Facts {
  if (prices === undefined) return facts;
  try {
    const cost = priceSpan(prices, { facts, start: BigInt(startMicros) * 1000n });
    if (cost?.nanos !== undefined) {
      facts.costNanoUsd = cost.nanos;
      facts.costSource = cost.source;
      if (cost.version !== undefined) facts.costVersion = cost.version;
    }
  } catch {
    // A wrong price table must not cost the span.
  }
  return facts;
}

/** Resolves when the price table is there or could not be had. */
export async function pricesSettled(): Promise<void> {
  await loading;
}
