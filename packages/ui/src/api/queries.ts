import type { Costs, Trace, TraceList } from '@tallyspan/server';
import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { getJson, ProblemError } from './client.ts';

export interface TraceFilters {
  q?: string | undefined;
  status?: 'ok' | 'error' | undefined;
  agent?: string | undefined;
  model?: string | undefined;
}

export type Range = 'all' | '24h' | '7d';

const RANGE_MS: Readonly<Record<Range, number | null>> = { all: null, '24h': 86_400_000, '7d': 604_800_000 };

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
  return getJson<TraceList>('/api/v1/traces', { ...filters, limit: TRACES_PER_PAGE, cursor }, signal);
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
    queryFn: ({ signal }) => getJson<Trace>(`/api/v1/traces/${encodeURIComponent(traceId)}`, {}, signal),
    // A trace may hold 10,000 spans; comparing them field by field costs more than drawing them again.
    structuralSharing: false,
  });
}

/** The pivot. The range is a word and not a time, so that asking again asks for the newest. */
export function costsQuery(by: string, range: Range, traceId?: string) {
  return queryOptions({
    queryKey: ['costs', by, range, traceId],
    queryFn: ({ signal }) => getJson<Costs>('/api/v1/costs', { by, from: fromOf(range), traceId }, signal),
    placeholderData: keepPreviousData,
  });
}

function fromOf(range: Range): string | undefined {
  const spanMs = RANGE_MS[range];
  return spanMs === null ? undefined : new Date(Date.now() - spanMs).toISOString();
}
