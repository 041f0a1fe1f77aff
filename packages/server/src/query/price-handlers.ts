import { randomUUID } from 'node:crypto';
import { limits, NANOS_PER_MS, TallyError } from '@tallyspan/facts';
import { parseFilter } from '@tallyspan/facts/query';
import { type Price, type PriceInput, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import type { PriceDefinition, StoredPrice } from '../upkeep/own-prices.ts';
import type { Upkeep } from '../upkeep/upkeep.ts';
import { askedRange, given } from './asked.ts';
import { ownTenant, presentJob } from './data-handlers.ts';
import type { Handlers } from './handlers.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';
import { isoFromNanos } from './time.ts';

type Names = 'listPrices' | 'listUnpriced' | 'createPrice' | 'putPrice' | 'deletePrice' | 'reprice';

const MODELS = 1_000;
const unpriced = parseFilter('source:unpriced');

export function priceHandlers(all: QueryStore, { jobs, prices }: Pick<Upkeep, 'jobs' | 'prices'>): Handlers<Names> {
  const missing = (id: string) => new TallyError('NOT_FOUND', { thing: 'price', id, list: routes.listPrices.path });
  /** What another tenant set, or the operator for all, is not one's own to change. */
  const own = (id: string, { tenant }: Access): StoredPrice => {
    const found = prices.get(id);
    if (found === undefined || (tenant !== undefined && found.body.tenant !== tenant)) throw missing(id);
    return found;
  };
  const mustFit = () => {
    if (prices.list().length >= limits.ownPricesMax)
      throw new TallyError('BAD_QUERY', {
        field: 'the body',
        reason: `there are ${limits.ownPricesMax} prices already`,
      });
  };

  return {
    listPrices: ({ access }) => ({
      prices: prices.list(access.tenant).map(presentPrice),
      tables: prices.prices.version,
    }),
    async listUnpriced({ query, access }) {
      const filter = { ...askedRange(query), ...(unpriced.ok && unpriced.filter && { where: unpriced.filter }) };
      const { rows, truncated } = await storeFor(all, access).groups({
        ...{ by: ['provider', 'model'], of: 'calls', filter, order: 'spans', limit: MODELS },
      });
      return {
        models: rows.map(({ key: [provider = null, model = null], calls, inputTokens, outputTokens, first, last }) => ({
          ...{ provider, model, calls, inputTokens, outputTokens },
          ...{ since: isoFromNanos(first), last: isoFromNanos(last) },
        })),
        truncated,
      };
    },
    async createPrice({ body, access }) {
      mustFit();
      return presentPrice(await prices.put(`p_${randomUUID().slice(0, 13)}`, definitionOf(body, access), 0));
    },
    async putPrice({ params: { id }, body, access }) {
      if (id === 'unpriced' || id === 'reprice')
        throw new TallyError('BAD_QUERY', { field: 'id', reason: 'that is the name of something else' });
      const there = prices.get(id);
      if (there) own(id, access);
      else if (body.version !== undefined) throw missing(id);
      else mustFit();
      return presentPrice(await prices.put(id, definitionOf(body, access), there ? body.version : 0));
    },
    async deletePrice({ params: { id }, access }) {
      await prices.delete(own(id, access).id);
    },
    async reprice({ body, access, from }) {
      const { dryRun, model, ...range } = body;
      const asked = askedRange({ ...range, tenant: ownTenant(range.tenant, access) });
      const what = given({
        tenant: asked.tenant,
        model,
        from: asked.from?.toString(),
        to: asked.to?.toString(),
        dryRun,
      });
      return presentJob(await jobs.ask('reprice', what, access, from));
    },
  };
}

function definitionOf({ version: _, ...price }: PriceInput, access: Access): PriceDefinition {
  const tenant = ownTenant(price.tenant, access);
  return { ...price, ...(tenant !== undefined && { tenant }) };
}

function presentPrice({ id, version, changedAt, body }: StoredPrice): Price {
  return { ...body, id, version, changedAt: isoFromNanos(BigInt(changedAt) * NANOS_PER_MS) } as Price;
}
