import type { TraceFilter, TracePage, TraceSummary } from './store.ts';

/** So many of the newest traces are searched first, and then all: what people look for is often there, and spans are many. */
const reaches = [100, 1_000, 10_000];

/**
 * Newest first, by a filter that spans have to be asked for. `startOf` answers the start of the trace that is so far down the list without
 * that filter, or undefined when the list is shorter. `isRare`, asked when the newest were not enough, says that all can be searched at once.
 */
export async function searchNewest(
  filter: TraceFilter,
  { limit }: TracePage,
  startOf: (filter: TraceFilter, reach: number) => Promise<bigint | undefined>,
  list: (filter: TraceFilter) => Promise<TraceSummary[]>,
  isRare: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<TraceSummary[]> {
  const { where, ...others } = filter;
  if (!where) return list(filter);
  for (const [index, reach] of reaches.entries()) {
    if (index === 1 && (await isRare())) break;
    if (reach < limit) continue;
    const from = await startOf(others, reach);
    if (from === undefined) break;
    const found = await list({ ...filter, from });
    // Whatever else there is is older than all of these.
    if (found.length >= limit) return found;
  }
  return list(filter);
}
