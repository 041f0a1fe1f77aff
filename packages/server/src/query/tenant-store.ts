/** The store as one asker may see it: every question carries the tenant, so no handler can forget it. */
import { limits } from '@tallyspan/facts';
import type { Questions, Store } from '@tallyspan/store';
import type { Access } from '../auth/access.ts';

export type QueryStore = Questions & Pick<Store, 'within'>;

/** A tenant's key that asks about another tenant is told of nothing, as if there were nothing. */
export function storeFor(all: QueryStore, { tenant }: Pick<Access, 'tenant'>): Questions {
  const store = all.within?.(limits.queryMsMax) ?? all;
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
