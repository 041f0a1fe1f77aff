import { BILLABLE, type Facts, loadPrices, type Prices, priceSpan } from '@tallyspan/facts';

let prices: Prices | undefined;
let loading: Promise<void> | undefined;
let settled = false;

/** Starts loading the price table in the background. Called when something is first watched, long before a call ends. */
export function warmPrices(): void {
  loading ??= loadPrices().then(
    (loaded) => {
      prices = loaded;
      settled = true;
    },
    () => {
      settled = true;
    },
  );
}

/** The price table, once it is there. */
export function loadedPrices(): Prices | undefined {
  return prices;
}

/** Whether {@link addCost} will do what it can: the price table is there, or could not be had. */
export function pricesAreSettled(): boolean {
  return settled;
}

export async function pricesSettled(): Promise<void> {
  await loading;
}

/**
 * Adds the cost of a billable call to its facts. A cost that the provider reported stays as it is; an unknown price leaves the fact
 * absent, never 0. Never throws.
 */
export function addCost(facts: Facts, startMicros: number): void {
  if (prices === undefined || facts.costNanoUsd !== undefined || !isBillable(facts)) return;
  try {
    const cost = priceSpan(prices, { facts, start: BigInt(startMicros) * 1000n });
    if (cost?.nanos === undefined) return;
    facts.costNanoUsd = cost.nanos;
    facts.costSource = cost.source;
    if (cost.version !== undefined) facts.costVersion = cost.version;
  } catch {
    // A wrong price table must not cost the span.
  }
}

export function isBillable(facts: Facts): boolean {
  return facts.operation !== undefined && BILLABLE.has(facts.operation);
}
