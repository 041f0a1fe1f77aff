import type { TraceList } from '@tallyspan/server';
import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { refreshNow } from '../widgets/use-now.ts';
import { useTail } from './live.ts';
import { mergeHead, rowsOf } from './merge-head.ts';
import { fetchTraces, tracesQuery, type TraceFilters } from './queries.ts';

type Pages = InfiniteData<TraceList, string | undefined>;

/**
 * The list of traces, kept fresh by the tail. While paused it stands still and counts what waits.
 * `arrived` names the traces that came while somebody was looking; they fade in.
 */
export function useLiveTraces(filters: TraceFilters, paused: boolean) {
  const client = useQueryClient();
  const query = useInfiniteQuery(tracesQuery(filters));
  const [arrived, setArrived] = useState<ReadonlySet<string>>(() => new Set());
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(() => new Set());
  const busy = useRef<'no' | 'yes' | 'again'>('no');

  const refresh = useCallback(async () => {
    if (busy.current !== 'no') {
      busy.current = 'again';
      return;
    }
    do {
      busy.current = 'yes';
      const key = tracesQuery(filters).queryKey;
      const before = client.getQueryData<Pages>(key);
      if (!before) {
        await client.invalidateQueries({ queryKey: key });
        continue;
      }
      const head = await fetchTraces(filters, undefined).catch(() => null);
      if (!head) continue;
      refreshNow();
      const known = new Set(rowsOf(before.pages).map((trace) => trace.traceId));
      const fresh = head.traces.filter((trace) => !known.has(trace.traceId)).map((trace) => trace.traceId);
      client.setQueryData<Pages>(key, (data) => data && withHead(data, head));
      if (fresh.length) setArrived((set) => new Set([...set, ...fresh]));
    } while ((busy.current as string) === 'again');
    busy.current = 'no';
  }, [client, filters]);

  // What happened while this list was not looked at.
  useEffect(() => {
    if (client.getQueryData(tracesQuery(filters).queryKey)) void refresh();
  }, [client, filters, refresh]);

  const wasPaused = useRef(paused);
  useEffect(() => {
    if (wasPaused.current && !paused) {
      setWaiting(new Set());
      void refresh();
    }
    wasPaused.current = paused;
  }, [paused, refresh]);

  useTail((traceIds) => {
    if (paused) setWaiting((set) => new Set([...set, ...(traceIds ?? [])]));
    else void refresh();
  });

  const rows = useMemo(() => rowsOf(query.data?.pages ?? []), [query.data]);
  return { query, rows, arrived, waiting: waiting.size };
}

function withHead(data: Pages, head: TraceList): Pages {
  const pages = mergeHead(data.pages, head);
  return { pages, pageParams: data.pageParams.slice(0, pages.length) };
}
