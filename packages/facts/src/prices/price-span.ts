import { BILLABLE, type Facts } from '../facts.ts';
import { hasUsage } from './buckets.ts';
import type { Cost } from './cost.ts';
import type { Prices } from './price.ts';

/**
 * What a span cost, from the best source there is:
 *
 * 1. `provider`: the provider or a gateway said so. It knows discounts and contracts that no table has.
 * 2. `computed`: our price table and the reported tokens.
 * 3. `client`: the sender computed a figure, and our table knows none.
 * 4. `unpriced`: a call succeeded and nobody knows what it cost. It has no `nanos`; never 0.
 *
 * Undefined when there is nothing to price: the operation is not billable (an agent's span repeats what its children used), or the call
 * failed without reporting a token. Providers do not bill a request they refused, so that is no gap in the figures, and calling it
 * `unpriced` would raise a false alarm at every rate limit; calling it 0 would claim knowledge that nobody has.
 */
export function priceSpan(prices: Prices, span: { facts: Facts; start: bigint }): Cost | undefined {
  const { facts, start } = span;
  if (facts.operation === undefined || !BILLABLE.has(facts.operation)) return undefined;
  const given = facts.costNanoUsd;
  if (given !== undefined && facts.costSource === 'provider') return { source: 'provider', nanos: given, lines: [] };

  const computed = prices.price({
    provider: facts.provider,
    requestModel: facts.requestModel,
    responseModel: facts.responseModel,
    serverAddress: facts.serverAddress,
    serviceTier: facts.responseServiceTier ?? facts.requestServiceTier,
    usage: facts,
    at: start,
    tenant: facts.tenant,
  });
  if (computed !== undefined) return computed;
  if (given !== undefined) {
    return {
      source: 'client',
      nanos: given,
      lines: [],
      ...(facts.costVersion !== undefined && { version: facts.costVersion }),
    };
  }
  return facts.errorType !== undefined && !hasUsage(facts) ? undefined : { source: 'unpriced', lines: [] };
}
