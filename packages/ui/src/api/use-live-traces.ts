import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { refreshNow } from '../widgets/use-now.ts';
import { useTail } from './live.ts';
import { rowsOf } from './merge-head.ts';
import { tracesQuery, type TraceFilters } from './queries.ts';
import { makeRefresher, type Changed } from './refresh-traces.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * The list of traces, kept fresh by the tail. While paused it stands still and counts what waits.
 * `arrived` names the traces that came while somebody was looking; they fade in.
 */
export function useLiveTraces(filters: TraceFilters, paused: boolean) {
  const client = useQueryClient();
  const query = useInfiniteQuery(tracesQuery(filters));
  const [arrived, setArrived] = useState(NONE);
  const [waiting, setWaiting] = useState(NONE);

  const refresh = useMemo(
    () =>
      makeRefresher(client, filters, (traceIds) => {
        refreshNow();
        if (traceIds.length > 0) setArrived((before) => new Set([...before, ...traceIds]));
      }),
    [client, filters],
  );

  // A list that was loaded before, and not looked at since.
  useEffect(() => {
    if (client.getQueryData(tracesQuery(filters).queryKey)) void refresh(NONE);
  }, [client, filters, refresh]);

  const missed = useRef<Changed | null>(null);
  useEffect(() => {
    if (paused || missed.current === null) return;
    void refresh(missed.current);
    missed.current = null;
    setWaiting(NONE);
  }, [paused, refresh]);

  useTail((traceIds) => {
    if (!paused) {
      void refresh(traceIds ?? 'all');
      return;
    }
    const before = missed.current;
    missed.current = traceIds === null || before === 'all' ? 'all' : new Set([...(before ?? []), ...traceIds]);
    if (traceIds) setWaiting((known) => new Set([...known, ...traceIds]));
  });

  const rows = useMemo(() => rowsOf(query.data?.pages ?? []), [query.data]);
  return { query, rows, arrived, waiting: waiting.size };
}
