/** Rows that both engines answer alike, as what they mean. */
import type { Row } from './span-columns.ts';
import type { Totals, TraceSummary } from './store.ts';

/** From a row of `traces`. */
export function readSummary(row: Row): TraceSummary {
  return {
    traceId: row.trace_id as string,
    name: row.name as string,
    start: row.start_nanos as bigint,
    end: row.end_nanos as bigint,
    status: row.status as TraceSummary['status'],
    rootArrived: row.root_arrived as boolean,
    spans: Number(row.spans),
    errorSpans: Number(row.error_spans),
    ...(row.tenant !== null && { tenant: row.tenant as string }),
    ...(row.agent !== null && { agent: row.agent as string }),
    ...(row.run_id !== null && { runId: row.run_id as string }),
    ...(row.run_number !== null && { runNumber: Number(row.run_number) }),
    ...(row.session_id !== null && { sessionId: row.session_id as string }),
    models: row.models as string[],
    ...readTotals(row),
  };
}

/** Sums come as they were added up or, for money that was kept, as text. */
export function readTotals(row: Row): Totals {
  const count = (name: keyof Totals): number => Number(row[name]);
  return {
    calls: count('calls'),
    errors: count('errors'),
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    cacheReadTokens: count('cacheReadTokens'),
    cacheWriteTokens: count('cacheWriteTokens'),
    reasoningTokens: count('reasoningTokens'),
    costNanos: BigInt(row.costNanos as bigint | string),
    unpricedCalls: count('unpricedCalls'),
  };
}
