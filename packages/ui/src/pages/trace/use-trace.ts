import { skipToken, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { useTail } from '../../api/live.ts';
import { beginningKey, traceQuery } from '../../api/queries.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import { refreshNow } from '../../widgets/use-now.ts';

/** A trace that grows by thousands of spans is not fetched for each of its batches; a long one even less often. */
const REFETCH_MS = { here: 1_000, 'on-demand': 5_000 } as const;

/** One trace, kept fresh while its spans come in. */
export function useTrace(traceId: string) {
  const query = useQuery(traceQuery(traceId));
  const beginning = useQuery<LoadedTrace>({
    queryKey: beginningKey(traceId),
    // It comes with the trace.
    queryFn: skipToken,
    gcTime: 0,
    structuralSharing: false,
  });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useTail((traceIds) => {
    if (traceIds && !traceIds.has(traceId)) return;
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        refreshNow();
        void query.refetch();
      },
      REFETCH_MS[query.data?.details ?? 'here'],
    );
  });
  return useMemo(
    () => ({
      data: query.data ?? beginning.data,
      pending: query.isPending && beginning.data === undefined,
      error: query.error,
      retry: () => void query.refetch(),
    }),
    [query, beginning.data],
  );
}
