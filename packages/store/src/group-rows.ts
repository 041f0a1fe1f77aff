/** What the groups of both engines have in common. */
import { keyOf, orderBy } from './cost-rows.ts';
import { readTotals } from './read-rows.ts';
import type { Row } from './span-columns.ts';
import type { GroupQuestion, GroupRow, Percentiles, ScannerCount } from './store.ts';

/** Milliseconds, and output tokens a second from the first chunk to the end. */
export const measures = {
  durationMs: { value: '(end_nanos - start_nanos) / 1e6', when: 'true' },
  timeToFirstChunkMs: { value: 'time_to_first_chunk * 1e3', when: 'time_to_first_chunk IS NOT NULL' },
  tokensPerSecond: {
    value: 'output_tokens / ((end_nanos - start_nanos) / 1e9 - time_to_first_chunk)',
    when: 'output_tokens > 0 AND time_to_first_chunk IS NOT NULL AND (end_nanos - start_nanos) / 1e9 > time_to_first_chunk',
  },
} as const;
type Measure = keyof typeof measures;

/** How a group is counted; `when` is how an engine counts only some. */
export function groupFigures(countWhen: (condition: string) => string): string {
  return [
    'count(*) AS spans',
    `${countWhen(`status = 'error'`)} AS error_spans`,
    'count(DISTINCT run_id) AS runs',
    'count(DISTINCT session_id) AS sessions',
    'count(DISTINCT user_id) AS users',
    'min(start_nanos) AS first_start',
    'max(end_nanos) AS last_end',
  ].join(', ');
}

export function groupOrder(order: GroupQuestion['order'], keys: readonly string[]): string {
  const first = { cost: '"costNanos" DESC, "calls" DESC', last: 'last_end DESC', spans: 'spans DESC' };
  return orderBy(first[order], keys);
}

/** `percentiles` of a column come as a list, or NULL, under the name of the measure. */
export function groupAnswer(rows: readonly Row[], keys: readonly string[], limit: number) {
  const groups = rows.slice(0, limit).map((row): GroupRow => ({
    key: keyOf(row, keys),
    ...readTotals(row),
    spans: Number(row.spans),
    errorSpans: Number(row.error_spans),
    runs: Number(row.runs),
    sessions: Number(row.sessions),
    users: Number(row.users),
    first: row.first_start as bigint,
    last: row.last_end as bigint,
    ...Object.fromEntries(
      (Object.keys(measures) as Measure[]).flatMap((measure) => {
        const percentiles = readPercentiles(row[measure]);
        return percentiles ? [[measure, percentiles]] : [];
      }),
    ),
  }));
  return { rows: groups, truncated: rows.length > limit };
}

export const shares = [0.5, 0.9, 0.95, 0.99] as const;

/** Six places are a nanosecond, and less than where engines differ in the last bit of what they interpolate. */
function readPercentiles(value: unknown): Percentiles | undefined {
  const [p50, p90, p95, p99] = ((value ?? []) as (number | null)[]).map((each) => each && Math.round(each * 1e6) / 1e6);
  return p50 == null || p90 == null || p95 == null || p99 == null ? undefined : { p50, p90, p95, p99 };
}

/** How many of the newest spans are looked at for keys of attributes. */
export const keySpansMax = 20_000;

export function readScanner(row: Row): ScannerCount {
  return {
    scanner: row.scanner as string,
    outcome: row.outcome as string,
    ...(row.given !== null && { tenant: row.given as string }),
    ...(row.agent !== null && { agent: row.agent as string }),
    count: Number(row.count),
  };
}
