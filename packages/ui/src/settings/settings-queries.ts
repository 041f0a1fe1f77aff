import type { AuditLog, Costs, KeyList, QuotaList, Whoami } from '@tallyspan/server';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';

export const whoamiQuery = queryOptions({
  queryKey: ['whoami'],
  queryFn: ({ signal }) => getJson<Whoami>('/api/v1/whoami', {}, signal),
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => getJson<KeyList>('/api/v1/keys', {}, signal),
});

export const quotasQuery = queryOptions({
  queryKey: ['quotas'],
  queryFn: ({ signal }) => getJson<QuotaList>('/api/v1/quotas', {}, signal),
});

export type AuditOf = 'actions' | 'refusals';

export function auditQuery(of: AuditOf) {
  return infiniteQueryOptions({
    queryKey: ['audit', of],
    queryFn: ({ pageParam, signal }) =>
      getJson<AuditLog>('/api/v1/audit', { of, limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
}

/** Every model that was called, by who said what it cost. */
export const pricedModelsQuery = queryOptions({
  queryKey: ['prices'],
  queryFn: ({ signal }) => getJson<Costs>('/api/v1/costs', { by: 'provider,model,source' }, signal),
});
