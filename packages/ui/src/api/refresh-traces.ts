import type { TraceList } from '@tallyspan/server';
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { mergeHead, rowsOf } from './merge-head.ts';
import { fetchTraces, tracesQuery, type TraceFilters } from './queries.ts';

type Pages = InfiniteData<TraceList, string | undefined>;

/** Traces that changed; `all` when nobody knows which. */
export type Changed = ReadonlySet<string> | 'all';

/**
 * Brings one loaded list up to date. The newest page is fetched and laid over the others; only when a trace further down
 * changed are all pages fetched. One request at a time: what changes meanwhile is one more turn, not one more request each.
 */
export function makeRefresher(client: QueryClient, filters: TraceFilters, arrived: (traceIds: string[]) => void) {
  const { queryKey } = tracesQuery(filters);
  let running = false;
  let next: Changed | null = null;

  const once = async (changed: Changed) => {
    const before = client.getQueryData<Pages>(queryKey);
    if (!before || changed === 'all') return client.invalidateQueries({ queryKey });
    const head = await fetchTraces(filters, undefined).catch(() => null);
    if (!head) return;
    const known = new Set(rowsOf(before.pages).map((trace) => trace.traceId));
    const named = new Set(head.traces.map((trace) => trace.traceId));
    client.setQueryData<Pages>(queryKey, (data) => data && withHead(data, head));
    arrived([...named].filter((traceId) => !known.has(traceId)));
    const isFurtherDown = [...changed].some((traceId) => known.has(traceId) && !named.has(traceId));
    if (isFurtherDown && before.pages.length > 1) await client.invalidateQueries({ queryKey });
  };

  return async (changed: Changed): Promise<void> => {
    next = next === 'all' || changed === 'all' ? 'all' : new Set([...(next ?? []), ...changed]);
    if (running) return;
    running = true;
    while (next) {
      const turn: Changed = next;
      next = null;
      await once(turn);
    }
    running = false;
  };
}

function withHead(data: Pages, head: TraceList): Pages {
  const pages = mergeHead(data.pages, head);
  return { pages, pageParams: data.pageParams.slice(0, pages.length) };
}
