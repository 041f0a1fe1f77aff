import { type Prices, priceSpan, readSpan, type WireSpan } from '@tallyspan/facts';
import type { StoredSpan } from '@tallyspan/store';

/**
 * A span as it is stored: its facts read from whatever dialect it speaks, and its price. Pure, and never throws. A span that was sent
 * with a tenant's key is this tenant's, whatever it says.
 */
export function understand(wire: WireSpan, prices: Prices, keyTenant?: string): StoredSpan {
  let span: StoredSpan;
  try {
    span = readSpan(wire);
    if (keyTenant !== undefined) claim(span, keyTenant);
    const cost = priceSpan(prices, span);
    if (cost !== undefined) span.cost = cost;
  } catch {
    // A span that cannot be understood is still a span: it is shown as it was sent.
    span = { ...wire, facts: {} };
    if (keyTenant !== undefined) claim(span, keyTenant);
  }
  return span;
}

/** What it says itself is kept where it counts for nothing. */
function claim(span: StoredSpan, tenant: string): void {
  const { tenant: claimed } = span.facts;
  if (claimed !== undefined && claimed !== tenant)
    span.attributes = { ...span.attributes, 'tally.claimed_tenant': claimed };
  span.facts = { ...span.facts, tenant, tenantSource: 'key' };
}
