/** The store as one asker may see it: every question carries the tenant, so no handler can forget it. */
import type { Store } from '@tallyspan/store';
import type { Access } from '../auth/access.ts';

export type QueryStore = Pick<Store, 'traces' | 'trace' | 'traceSummary' | 'costs'>;

/** A tenant's key that asks about another tenant is told of nothing, as if there were nothing. */
export function storeFor(store: QueryStore, { tenant }: Pick<Access, 'tenant'>): QueryStore {
  if (tenant === undefined) return store;
  const own = <Filter extends { tenant?: string }>(filter: Filter): Filter | undefined =>
    filter.tenant === undefined || filter.tenant === tenant ? { ...filter, tenant } : undefined;
  const nothing = { from: 0n, to: 0n, tenant };
  return {
    traces: async (filter, page) => store.traces(own(filter) ?? nothing, page),
    trace: (traceId) => store.trace(traceId, tenant),
    traceSummary: (traceId) => store.traceSummary(traceId, tenant),
    costs: async (by, filter) => store.costs(by, own(filter) ?? nothing),
  };
}
