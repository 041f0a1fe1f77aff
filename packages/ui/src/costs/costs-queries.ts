/** What the costs page asks. Two questions for each of its views; an explanation asks when it is opened. */
import type { Anomalies, Costs, Models, Span, SpanList } from '@tallyspan/server';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import { timeParameters, type TimeSearch } from '../api/time-range.ts';
import { bothFilters, type CellFilter, narrowed } from './cell-filter.ts';

/** What the whole page looks at. The range is a word and not a time, so that asking again asks for the newest. */
export interface Looked {
  time: TimeSearch;
  q: string | undefined;
}

export function pivotQuery(by: readonly string[], { time, q }: Looked) {
  return queryOptions({
    queryKey: ['costs', 'pivot', by.join(), time, q],
    queryFn: ({ signal }) => getJson<Costs>('/api/v1/costs', { by: by.join(), q, ...timeParameters(time) }, signal),
    placeholderData: keepPreviousData,
  });
}

/** An hour is short enough for minutes; of all time there may be more hours than one answer holds, and then days do. */
export function overTimeQuery(first: string, lengthMs: number | undefined, { time, q }: Looked) {
  return queryOptions({
    queryKey: ['costs', 'time', first, time, q],
    queryFn: async ({ signal }) => {
      const ask = (bucket: string) =>
        getJson<Costs>('/api/v1/costs', { by: `time:${bucket},${first}`, q, ...timeParameters(time) }, signal);
      if (lengthMs !== undefined && lengthMs <= 6 * 3_600_000) return ask('minute');
      const hours = await ask('hour');
      return hours.truncated ? ask('day') : hours;
    },
    placeholderData: keepPreviousData,
  });
}

export function modelsQuery({ time, q }: Looked) {
  return queryOptions({
    queryKey: ['models', time, q],
    queryFn: ({ signal }) => getJson<Models>('/api/v1/models', { q, limit: 500, ...timeParameters(time) }, signal),
    placeholderData: keepPreviousData,
  });
}

export function anomaliesQuery(by: string, q: string | undefined) {
  return queryOptions({
    queryKey: ['anomalies', by, q],
    queryFn: ({ signal }) => getJson<Anomalies>('/api/v1/anomalies', { by, q }, signal),
    placeholderData: keepPreviousData,
  });
}

export function cellSpansQuery(cell: CellFilter, { time, q }: Looked) {
  return infiniteQueryOptions({
    queryKey: ['costs', 'spans', cell, time, q],
    queryFn: ({ pageParam, signal }) =>
      getJson<SpanList>(
        '/api/v1/spans',
        { ...cellParameters(cell, { time, q }), limit: 100, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
}

/** What the calls behind one figure come to. */
export function cellTotalQuery(cell: CellFilter, looked: Looked) {
  return queryOptions({
    queryKey: ['costs', 'cell', cell, looked],
    queryFn: ({ signal }) => getJson<Costs>('/api/v1/costs', { by: 'source', ...cellParameters(cell, looked) }, signal),
  });
}

/** Why a figure is what it is: its calls by who priced them, and the price lines of the newest one that was priced by the table. */
export interface Explanation {
  costs: Costs;
  newest: Span | undefined;
}

export function explanationQuery(cell: CellFilter, looked: Looked) {
  return queryOptions({
    queryKey: ['costs', 'why', cell, looked],
    queryFn: async ({ signal }): Promise<Explanation> => {
      const parameters = cellParameters(cell, looked);
      const computed = bothFilters(parameters.q, 'source:computed');
      const [costs, { spans }] = await Promise.all([
        getJson<Costs>('/api/v1/costs', { ...parameters, by: 'provider,model,source' }, signal),
        getJson<SpanList>('/api/v1/spans', { ...parameters, q: computed, limit: 1 }, signal),
      ]);
      const [row] = spans;
      const path = row && `/api/v1/traces/${encodeURIComponent(row.traceId)}/spans/${encodeURIComponent(row.spanId)}`;
      return { costs, newest: path === undefined ? undefined : await getJson<Span>(path, {}, signal) };
    },
    staleTime: 30_000,
  });
}

function cellParameters({ terms, at }: CellFilter, { time, q }: Looked): { q?: string; from?: string; to?: string } {
  const filter = bothFilters(q, terms);
  return { ...narrowed(timeParameters(time), at), ...(filter !== undefined && { q: filter }) };
}
