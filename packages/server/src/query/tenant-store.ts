/** The store as one asker may see it: every question carries the tenant, so no handler can forget it. */
import type { Store } from '@tallyspan/store';
import type { Access } from '../auth/access.ts';

export type QueryStore = Pick<
  Store,
  | 'traces'
  | 'trace'
  | 'traceSummary'
  | 'costs'
  | 'spans'
  | 'outline'
  | 'groups'
  | 'values'
  | 'attributeKeys'
  | 'scanners'
>;

/** A tenant's key that asks about another tenant is told of nothing, as if there were nothing. */
export function storeFor(store: QueryStore, { tenant }: Pick<Access, 'tenant'>): QueryStore {
  if (tenant === undefined) return store;
  const own = <Filter extends { tenant?: string }>(filter: Filter) =>
    filter.tenant === undefined || filter.tenant === tenant ? { ...filter, tenant } : { from: 0n, to: 0n, tenant };
  return {
    traces: async (filter, page) => store.traces(own(filter), page),
    trace: (traceId) => store.trace(traceId, tenant),
    traceSummary: (traceId) => store.traceSummary(traceId, tenant),
    costs: async (by, filter) => store.costs(by, own(filter)),
    spans: async (filter, page) => store.spans(own(filter), page),
    outline: async (filter) => store.outline({ ...filter, ...own(filter) }),
    groups: async (question) => store.groups({ ...question, filter: own(question.filter) }),
    values: async (of, prefix, filter, limit) => store.values(of, prefix, own(filter), limit),
    attributeKeys: async (of, prefix, filter, limit) => store.attributeKeys(of, prefix, own(filter), limit),
    scanners: async (filter, limit) => store.scanners(own(filter), limit),
  };
}
