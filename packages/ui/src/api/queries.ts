import type {
  A2a,
  Agents,
  Comparison,
  Costs,
  Facets,
  Guard,
  GuardReviews,
  Models,
  Runs,
  Sessions,
  Skeleton,
  Span,
  TraceAnswer,
  TraceList,
  Users,
} from '@tallyspan/server';
import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { readSkeleton, type LoadedTrace } from '../trace/read-skeleton.ts';
import { getJson, ProblemError } from './client.ts';
import type { ListOrder } from './list-order.ts';
import { timeParameters, type TimeSearch } from './time-range.ts';

/** What every list and sum can be asked with. */
export interface TraceFilters extends Pick<TimeSearch, 'range' | 'from' | 'to'> {
  /** The filter grammar. */
  q?: string | undefined;
  tenant?: string | undefined;
  agent?: string | undefined;
}

function filterParameters({ q, tenant, agent, ...time }: TraceFilters) {
  return { q, tenant, agent, ...timeParameters(time) };
}

export const TRACES_PER_PAGE = 50;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The server is mostly this machine, which answers without any network.
        networkMode: 'always',
        // A page that is opened again asks again; while it is open, the tail says when something changed.
        staleTime: 2_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (failures, error) =>
          failures < 1 && !(error instanceof ProblemError && error.status >= 400 && error.status < 500),
        retryDelay: 400,
      },
    },
  });
}

export function fetchTraces(
  filters: TraceFilters,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<TraceList> {
  return getJson<TraceList>('/api/v1/traces', { ...filterParameters(filters), limit: TRACES_PER_PAGE, cursor }, signal);
}

export function tracesQuery(filters: TraceFilters) {
  return infiniteQueryOptions({
    queryKey: ['traces', filters],
    queryFn: ({ pageParam, signal }) => fetchTraces(filters, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // Asking again would fetch every page that was loaded; the live list only renews its head.
    staleTime: Infinity,
  });
}

export function traceQuery(traceId: string) {
  return queryOptions({
    queryKey: ['trace', traceId],
    queryFn: ({ client, signal }) => fetchTrace(traceId, client, signal),
    // A trace may hold 100,000 spans; comparing them field by field costs more than drawing them again.
    structuralSharing: false,
  });
}

/** A longer trace comes as its skeleton: its content would take seconds and is not looked at span by span. */
const SPANS_WHOLE_MAX = 2_000;

/** About so many of its first spans come at once, so that there is something to read until all are here. */
const BEGINNING = 1_000;

/** Where they lie until then. */
export const beginningKey = (traceId: string) => ['trace beginning', traceId];

async function fetchTrace(traceId: string, client: QueryClient, signal: AbortSignal): Promise<LoadedTrace> {
  const path = `/api/v1/traces/${encodeURIComponent(traceId)}`;
  const isFirst = client.getQueryData(['trace', traceId]) === undefined;
  const asked = { spansMax: SPANS_WHOLE_MAX, ...(isFirst && { beginning: BEGINNING }) };
  const { beginning, ...trace } = await getJson<TraceAnswer>(path, asked, signal);
  if (trace.spans.length > 0 || trace.summary.spans === 0) return { ...trace, details: 'here' };
  if (beginning && beginning.spans.starts.length > 0)
    client.setQueryData<LoadedTrace>(beginningKey(traceId), { ...readSkeleton(beginning), isBeginning: true });
  return readSkeleton(await getJson<Skeleton>(`${path}/skeleton`, {}, signal));
}

/** One span of a trace that came as its skeleton. */
export function spanQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ['span', traceId, spanId],
    queryFn: ({ signal }) =>
      getJson<Span>(`/api/v1/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`, {}, signal),
    // A span that has ended does not change, but for what later spans say of it.
    staleTime: 60_000,
  });
}

/** The pivot. The range is a word and not a time, so that asking again asks for the newest. */
export function costsQuery(by: string, filters: TraceFilters, traceId?: string) {
  return queryOptions({
    queryKey: ['costs', by, filters, traceId],
    queryFn: ({ signal }) => getJson<Costs>('/api/v1/costs', { by, ...filterParameters(filters), traceId }, signal),
    placeholderData: keepPreviousData,
  });
}

/** An answer that depends on the filters and a few words more. */
function listQuery<Answer>(
  path: string,
  filters: TraceFilters,
  more: Record<string, string | number | undefined> = {},
) {
  return queryOptions({
    queryKey: [path, filters, more],
    queryFn: ({ signal }) => getJson<Answer>(path, { ...filterParameters(filters), ...more }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Rows of a table that is drawn whole. */
const ROWS_MAX = 500;

export const agentsQuery = (filters: TraceFilters, { order }: Pick<ListOrder, 'order'>) =>
  listQuery<Agents>('/api/v1/agents', filters, { limit: ROWS_MAX, order });

export const runsQuery = (filters: TraceFilters, { order }: Pick<ListOrder, 'order'>) =>
  listQuery<Runs>('/api/v1/runs', filters, { limit: ROWS_MAX, order });

export const sessionsQuery = (filters: TraceFilters, { order }: Pick<ListOrder, 'order'>) =>
  listQuery<Sessions>('/api/v1/sessions', filters, { limit: ROWS_MAX, order });

export const usersQuery = (filters: TraceFilters, { order }: Pick<ListOrder, 'order'>) =>
  listQuery<Users>('/api/v1/users', filters, { limit: ROWS_MAX, order });

export const modelsQuery = (filters: TraceFilters, { order }: Pick<ListOrder, 'order'>) =>
  listQuery<Models>('/api/v1/models', filters, { limit: ROWS_MAX, order });

/** The prompts that were tried on several models, or one of them. */
export const comparisonQuery = (filters: TraceFilters, group?: string) =>
  listQuery<Comparison>('/api/v1/compare', filters, { group });

export const guardQuery = (filters: TraceFilters) => listQuery<Guard>('/api/v1/guard', filters);

export type ReviewState = 'all' | 'unreviewed' | 'right' | 'false_positive';

/** The guard's verdicts with what people said of them, the newest first. */
export function guardReviewsQuery(filters: TraceFilters, state: ReviewState) {
  return infiniteQueryOptions({
    queryKey: ['guard reviews', filters, state],
    queryFn: ({ pageParam, signal }) =>
      getJson<GuardReviews>(
        '/api/v1/guard/reviews',
        { ...filterParameters(filters), state, limit: TRACES_PER_PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export const a2aQuery = (filters: TraceFilters) => listQuery<A2a>('/api/v1/a2a', filters);

/** Values of a field that begin so, the most frequent first. */
export const facetQuery = (field: string, filters: TraceFilters, prefix = '', limit = 12) =>
  queryOptions({
    ...listQuery<Facets>('/api/v1/facets', filters, { field, prefix, limit }),
    staleTime: 15_000,
  });

/** The newest traces, whatever the page is about. */
export const recentTracesQuery = queryOptions({
  queryKey: ['recent traces'],
  queryFn: ({ signal }) => getJson<TraceList>('/api/v1/traces', { limit: 50 }, signal),
  staleTime: 5_000,
});
