import type { DataJob, DataJobList, DataSize, PriceList, RetentionList } from '@tallyspan/server';
import { queryOptions } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';

/** How often a job that runs is looked at. */
const LOOK_MS = 1_000;

export const retentionQuery = queryOptions({
  queryKey: ['retention'],
  queryFn: ({ signal }) => getJson<RetentionList>('/api/v1/data/retention', {}, signal),
});

/** Jobs on stored data, the newest first; asked again while one runs. */
export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => getJson<DataJobList>('/api/v1/data/jobs', {}, signal),
  refetchInterval: ({ state }) => (state.data?.jobs.some((job) => job.state === 'running') ? LOOK_MS : false),
});

/** One job, from when it was asked for until it is done. */
export function jobQuery(asked: DataJob | undefined) {
  return queryOptions({
    queryKey: ['job', asked?.id],
    queryFn: ({ signal }) => getJson<DataJob>(`/api/v1/data/jobs/${encodeURIComponent(asked?.id ?? '')}`, {}, signal),
    enabled: asked !== undefined,
    ...(asked && { initialData: asked }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? LOOK_MS : false),
  });
}

export function sizeQuery(text: boolean) {
  return queryOptions({
    queryKey: ['size', text],
    queryFn: ({ signal }) => getJson<DataSize>('/api/v1/data/size', { text: String(text) }, signal),
    // The text of everything is read for it.
    staleTime: text ? Infinity : 10_000,
  });
}

export const ownPricesQuery = queryOptions({
  queryKey: ['own prices'],
  queryFn: ({ signal }) => getJson<PriceList>('/api/v1/prices', {}, signal),
});
