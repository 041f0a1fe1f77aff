import type { AlertHistory, AlertList, BudgetDecision, BudgetList } from '@tallyspan/server';
import { queryOptions } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';

/** Money moves without anybody touching a budget. */
const FRESH_MS = 5_000;

export const budgetsQuery = queryOptions({
  queryKey: ['budgets'],
  queryFn: ({ signal }) => getJson<BudgetList>('/api/v1/budgets', {}, signal),
  refetchInterval: FRESH_MS,
});

export const alertsQuery = queryOptions({
  queryKey: ['alerts', 'list'],
  queryFn: ({ signal }) => getJson<AlertList>('/api/v1/alerts', {}, signal),
  refetchInterval: FRESH_MS,
});

export const alertHistoryQuery = queryOptions({
  queryKey: ['alerts', 'history'],
  queryFn: ({ signal }) => getJson<AlertHistory>('/api/v1/alerts/history', { limit: 200 }, signal),
  refetchInterval: FRESH_MS,
});

/** Without an asker nothing is held: it is only looked at. */
export function decisionQuery(asked: Readonly<Record<string, string>> | undefined) {
  return queryOptions({
    queryKey: ['decision', asked],
    queryFn: ({ signal }) => getJson<BudgetDecision>('/api/v1/budgets/decision', asked, signal),
    enabled: asked !== undefined,
    staleTime: 0,
  });
}
