import type { TraceSummary } from '@tallyspan/server';
import { nanosFromUsd } from '../../format/money.ts';
import { sorted, type SortValue } from '../../widgets/sort-rows.ts';
import type { TraceColumn } from './columns.ts';

/** What each column is ordered by. */
const BY: Readonly<Record<TraceColumn, (trace: TraceSummary) => SortValue>> = {
  time: ({ start }) => start,
  name: ({ name }) => name,
  agent: ({ agent }) => agent,
  tenant: ({ tenant }) => tenant,
  session: ({ sessionId }) => sessionId,
  status: ({ status }) => status,
  duration: ({ durationMs }) => durationMs,
  spans: ({ spans }) => spans,
  calls: ({ calls }) => calls,
  failed: ({ errors }) => errors,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  cost: ({ costUsd, calls, unpricedCalls }) => (calls === unpricedCalls ? null : nanosFromUsd(costUsd)),
  models: ({ models }) => models[0] ?? null,
  id: ({ traceId }) => traceId,
};

/** As they came, the newest first, when `sort` names no column. */
export function sortTraces(rows: readonly TraceSummary[], sort: string | undefined): readonly TraceSummary[] {
  const column = sort?.replace(/^-/, '');
  if (column === undefined || !Object.hasOwn(BY, column)) return rows;
  return sorted(rows, BY[column as TraceColumn], sort!.startsWith('-'));
}
