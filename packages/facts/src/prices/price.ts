/**
 * From tokens to money. Prices come from the generated tables (`tables.generated.ts`), corrected and extended by `overrides.ts`.
 *
 * Where this differs from the package the tables are made of (`calcPrice` of genai-prices), on purpose:
 * - Money is exact: each line is rounded half up to a nano-dollar once, and the total is the sum of its lines.
 * - Tokens that no row has a price for make the whole cost unknown; there they cost nothing. So do models billed by the hour or page,
 *   and models whose price is missing rather than zero.
 * - Contradictory counts (more cached tokens than input) are cut to the total; there they throw. Cached audio that nobody counted is none.
 * - `azure.ai.openai` has Azure's prices and not OpenAI's; the address that was called rules over the provider's label;
 *   labels such as `openai-compatible` and `ollama` have no price.
 * - The response's model rules, then without its date, then the requested one, then the family; there one name is tried.
 * - Service tiers (flex, batch, priority) have their factor; an unknown tier has no price.
 *
 * What no figure contains, here or there: fees for searches, files and containers, cache storage, surcharges for a region, contracts.
 * An hourly price in the tables also holds before the day it was introduced (DeepSeek V4 before 2026-08-17).
 */
import type { Usage } from '../facts.ts';
import { limits } from '../limits.ts';
import { BoundedCache } from './bounded-cache.ts';
import { bucketsOf, hasUsage } from './buckets.ts';
import type { Cost, CostLine } from './cost.ts';
import {
  type Override,
  overrides,
  overridesVersion,
  type ServiceTier,
  serviceTiers,
  standardTiers,
} from './overrides.ts';
import { type Factor, nanosOf, rateForInput, type Rates, ratesAt } from './rates.ts';
import { type Called, findRow } from './resolve.ts';
import { type PriceRow, type ProviderTable, PriceTables } from './tables.ts';

/** A call as far as its price depends on it. */
export interface PricedCall extends Called {
  /** Inclusive counts, as everywhere here: input includes what was cached, output includes reasoning. */
  usage: Usage;
  /** When the call started: prices change by day, and some by hour. Unix nanoseconds, or a Date. */
  at: bigint | Date;
  /** What served the call: the response's service tier, or else the requested one. Absent: the standard tier. */
  serviceTier?: string | undefined;
  /** Whose call it is: a tenant may have prices of its own. */
  tenant?: string | undefined;
}

export interface Prices {
  /** `genai-prices 0.1.8` */
  readonly version: string;
  /** The cost of a call with a line per kind of token, or undefined when nobody knows it. Never throws. */
  price(call: PricedCall): Cost | undefined;
}

let loaded: Promise<Prices> | undefined;

/** Loads the price tables, once per process, in a few milliseconds. Models are parsed later, provider by provider, as they are met. */
export function loadPrices(): Promise<Prices> {
  loaded ??= import('./tables.generated.ts').then((tables) => pricesFrom(tables.version, tables.providers));
  return loaded;
}

/** Prices from given tables: for tests, and for tables that come from elsewhere. */
export function pricesFrom(
  version: string,
  providers: readonly ProviderTable[],
  corrections: readonly Override[] = overrides,
): Prices & { readonly cachedCount: number; readonly parsedCount: number } {
  const tables = new PriceTables(providers, corrections);
  const cache = new BoundedCache<Resolved | typeof NOBODY_KNOWS>(limits.priceCacheEntriesMax);

  function resolve(call: PricedCall): Resolved | typeof NOBODY_KNOWS {
    const key = cacheKey(call);
    const known = key === undefined ? undefined : cache.get(key);
    if (known !== undefined) return known;
    const resolved = resolveCall(tables, version, call) ?? NOBODY_KNOWS;
    if (key !== undefined) cache.set(key, resolved);
    return resolved;
  }

  return {
    version,
    get cachedCount() {
      return cache.size;
    },
    get parsedCount() {
      return tables.parsedCount;
    },
    price(call) {
      if (!hasUsage(call.usage)) return undefined;
      const resolved = resolve(call);
      if (resolved === NOBODY_KNOWS) return undefined;
      const rates = ratesAt(resolved.row.rates, unixMs(call.at));
      return rates && costOf(resolved, rates, call.usage);
    },
  };
}

const NOBODY_KNOWS = Symbol('nobody knows');

/** What stays the same between calls with the same names; the date and the counts do not. */
interface Resolved {
  row: PriceRow;
  tier: ServiceTier | undefined;
  priceId: string;
  version: string;
}

function resolveCall(tables: PriceTables, version: string, call: PricedCall): Resolved | undefined {
  const found = findRow(tables, call);
  if (found === undefined) return undefined;
  const { row, biller } = found;
  const name = call.serviceTier?.toLowerCase().trim() ?? '';
  const standard = name === '' || standardTiers.has(name);
  const tier = standard ? undefined : tierOf(row, biller, name);
  if (!standard && tier === undefined) return undefined;
  return {
    row,
    tier,
    priceId: tier ? `${row.provider}/${row.id} (${tier.tier})` : `${row.provider}/${row.id}`,
    version: tier || row.overridden ? `${version}, overrides ${overridesVersion}` : version,
  };
}

/** Of a reseller's tiers nothing is known, even where it resells at the maker's standard price. */
function tierOf(row: PriceRow, biller: string, name: string): ServiceTier | undefined {
  if (row.provider !== biller) return undefined;
  return serviceTiers.find(
    ({ provider, tier, models }) => provider === biller && tier === name && (!models || models.includes(row.id)),
  );
}

/** Lengths before the parts, so that no name can pose as two. Undefined for what is too long to be worth an entry. */
function cacheKey({
  provider = '',
  responseModel = '',
  requestModel = '',
  serverAddress = '',
  serviceTier = '',
}: PricedCall) {
  const parts = [provider, responseModel, requestModel, serverAddress, serviceTier];
  if (parts.some((part) => part.length > limits.modelNameCharsMax)) return undefined;
  return `${provider.length} ${responseModel.length} ${requestModel.length} ${serverAddress.length} ${parts.join('')}`;
}

/** Undefined when some of the usage has no rate. */
export function costOf(
  { tier, priceId, version }: Omit<Resolved, 'row'>,
  rates: Rates,
  usage: Usage,
): Cost | undefined {
  const { buckets, inputTokens } = bucketsOf(usage);
  if (rates.request) buckets.push({ type: 'request', tokens: 1 });
  else if (!rates.input && !rates.output) return undefined;

  const lines: CostLine[] = [];
  let nanos = 0n;
  for (const { type, tokens } of buckets) {
    const tiered = rates[type];
    if (tiered === undefined || (tier?.uncachedOnly && type.startsWith('cache_'))) return undefined;
    const rate = rateForInput(tiered, inputTokens);
    if (tier?.shortContextOnly && rate !== tiered.base) return undefined;
    const lineNanos = nanosOf(tokens, rate, tier?.factor);
    nanos += lineNanos;
    lines.push({ type, tokens, usdPerMillion: scaled(rate.usdPerMillion, tier?.factor), nanos: lineNanos });
  }
  return { source: 'computed', nanos, lines, version, priceId };
}

function scaled(usdPerMillion: number, factor: Factor | undefined): number {
  return factor === undefined ? usdPerMillion : (usdPerMillion * Number(factor[0])) / Number(factor[1]);
}

export function unixMs(at: bigint | Date): number {
  return typeof at === 'bigint' ? Number(at / 1_000_000n) : at.getTime();
}
