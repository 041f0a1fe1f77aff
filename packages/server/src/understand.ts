import { type Prices, priceSpan, readSpan, type WireSpan } from '@tallyspan/facts';
import type { StoredSpan } from '@tallyspan/store';

/** A span as it is stored: its facts read from whatever dialect it speaks, and its price. Pure, and never throws. */
export function understand(wire: WireSpan, prices: Prices): StoredSpan {
  let span: StoredSpan;
  try {
    span = readSpan(wire);
    const cost = priceSpan(prices, span);
    if (cost !== undefined) span.cost = cost;
  } catch {
    // A span that cannot be understood is still a span: it is shown as it was sent.
    span = { ...wire, facts: {} };
  }
  return span;
}
