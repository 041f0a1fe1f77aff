/**
 * Prices that somebody set beside the tables: what a contract says, or a model on one's own machines. Of those that are about a call
 * one counts: a tenant's before everybody's, a name before a pattern and a longer pattern before a shorter one, a provider's before any
 * provider's, and then the one that came into force last.
 */
import { canonicalProvider } from '../dialects/providers.ts';
import { limits } from '../limits.ts';
import { hasUsage } from './buckets.ts';
import { plainName } from './match.ts';
import { standardTiers } from './overrides.ts';
import { costOf, type PricedCall, type Prices, unixMs } from './price.ts';
import { compile, type ConditionalRates, ratesAt, type RatesJson } from './rates.ts';

export interface OwnPrice {
  /** Stands with its version in each cost that it made. */
  id: string;
  version: number;
  /** Default: of every tenant. */
  tenant?: string | undefined;
  /** Default: any. */
  provider?: string | undefined;
  /** A name of the request or of the answer, or one that ends in `*`. In any case of letters. */
  model: string;
  /** Dollars per million tokens; `request` is per million calls. Kinds without a rate have that of the kind they are a part of. */
  rates: RatesJson;
  /** A day in UTC, `2026-11-21`. Default: always. */
  from?: string | undefined;
}

interface Ready extends OwnPrice {
  pattern: string;
  isExact: boolean;
  billedBy: string | undefined;
  compiled: ConditionalRates[];
}

/** The same prices with somebody's own before them. Own prices are of the standard service tier; other tiers have the tables' price. */
export function withOwnPrices(prices: Prices, own: readonly OwnPrice[]): Prices {
  if (own.length === 0) return prices;
  const ready = own.map(prepare).sort(mostTelling);
  return {
    version: prices.version,
    price(call) {
      const price = isStandard(call) && hasUsage(call.usage) ? find(ready, call) : undefined;
      if (price === undefined) return prices.price(call);
      const rates = ratesAt(price.compiled, unixMs(call.at))!;
      const priceId = `${price.provider ?? '*'}/${price.model}`;
      return costOf({ tier: undefined, priceId, version: `own ${price.id}.${price.version}` }, rates, call.usage);
    },
  };
}

function prepare(price: OwnPrice): Ready {
  const isExact = !price.model.endsWith('*');
  const { rates, from } = price;
  return {
    ...price,
    isExact,
    pattern: plainName(isExact ? price.model : price.model.slice(0, -1)),
    billedBy: price.provider === undefined ? undefined : plainName(canonicalProvider(price.provider)),
    compiled: compile([{ rates, ...(from !== undefined && { from }) }]),
  };
}

function mostTelling(a: Ready, b: Ready): number {
  return (
    Number(b.tenant !== undefined) - Number(a.tenant !== undefined) ||
    Number(b.isExact) - Number(a.isExact) ||
    b.pattern.length - a.pattern.length ||
    Number(b.billedBy !== undefined) - Number(a.billedBy !== undefined) ||
    (b.from ?? '').localeCompare(a.from ?? '') ||
    a.id.localeCompare(b.id)
  );
}

function find(ready: readonly Ready[], call: PricedCall): Ready | undefined {
  const names = [call.responseModel, call.requestModel].filter(isName).map(plainName);
  const provider = isName(call.provider) ? plainName(canonicalProvider(call.provider.trim())) : undefined;
  const atMs = unixMs(call.at);
  return ready.find(
    ({ tenant, billedBy, pattern, isExact, compiled }) =>
      (tenant === undefined || tenant === call.tenant) &&
      (billedBy === undefined || billedBy === provider) &&
      names.some((name) => (isExact ? name === pattern : name.startsWith(pattern))) &&
      ratesAt(compiled, atMs) !== undefined,
  );
}

function isName(name: string | undefined): name is string {
  return typeof name === 'string' && name !== '' && name.length <= limits.modelNameCharsMax;
}

function isStandard({ serviceTier }: PricedCall): boolean {
  const name = serviceTier?.toLowerCase().trim() ?? '';
  return name === '' || standardTiers.has(name);
}
