import type { TraceList, TraceSummary } from '@tallyspan/server';

/** Rows that a live list may grow to before older pages are let go. */
const HEAD_ROWS_MAX = 1_000;

/**
 * Puts a fresh first page over the pages loaded before, so that a live list costs one small request.
 *
 *   pages  [D C] [B A]   head  [F E D]   →   [F E D C] [B A]
 *
 * Rows older than the head stay; rows inside its range that it no longer names have left the filter and go. When the head
 * shares nothing with the first page there may be a gap between them, so the older pages are let go.
 */
export function mergeHead(pages: readonly TraceList[], head: TraceList): TraceList[] {
  const [first, ...older] = pages;
  if (!first || older.length === 0 || head.nextCursor === null) return [head];
  const named = new Set(head.traces.map((trace) => trace.traceId));
  if (!first.traces.some((trace) => named.has(trace.traceId))) return [head];
  const oldest = head.traces.at(-1)!.start;
  const kept = first.traces.filter((trace) => !named.has(trace.traceId) && trace.start < oldest);
  const traces = [...head.traces, ...kept];
  if (traces.length > HEAD_ROWS_MAX) return [head];
  return [{ traces, nextCursor: first.nextCursor }, ...older];
}

/** The rows of all pages, each trace once: pages overlap while traces are still growing. */
export function rowsOf(pages: readonly TraceList[]): TraceSummary[] {
  const seen = new Set<string>();
  return pages.flatMap((page) => page.traces).filter((trace) => !seen.has(trace.traceId) && seen.add(trace.traceId));
}
