import { usdFromNanos } from '@tallyspan/facts/units';
import type { CostNode, Span, Totals } from '@tallyspan/server';
import { nanosFromUsd } from '../format/money.ts';

type Dimension = 'agent' | 'role' | 'model';
const DIMENSIONS: readonly Dimension[] = ['agent', 'role', 'model'];

/**
 * The cost of one trace by agent, role and model, as the cost pivot answers it for a whole store: from the spans that are here anyway,
 * so it needs no request and cannot disagree with the lines beside it. Dearest first.
 */
export function breakdownOf(spans: readonly Span[]): CostNode[] {
  return nest(
    spans.filter((span) => span.billable),
    DIMENSIONS,
  );
}

/** Calls, tokens and dollars of billable spans, exact. */
export function totalsOf(spans: readonly Span[]): Totals {
  const totals: Totals = {
    ...{ calls: 0, errors: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    ...{ reasoningTokens: 0, costUsd: '0', unpricedCalls: 0 },
  };
  let nanos = 0n;
  for (const span of spans) {
    if (!span.billable) continue;
    totals.calls++;
    if (span.status === 'error') totals.errors++;
    totals.inputTokens += span.inputTokens ?? 0;
    totals.outputTokens += span.outputTokens ?? 0;
    totals.cacheReadTokens += span.cacheReadTokens ?? 0;
    totals.cacheWriteTokens += span.cacheWriteTokens ?? 0;
    totals.reasoningTokens += span.reasoningTokens ?? 0;
    if (span.cost?.costUsd != null) nanos += nanosFromUsd(span.cost.costUsd);
    else if (span.cost !== null) totals.unpricedCalls++;
  }
  totals.costUsd = usdFromNanos(nanos);
  return totals;
}

function nest(spans: readonly Span[], [dimension, ...rest]: readonly Dimension[]): CostNode[] {
  if (dimension === undefined) return [];
  const groups = new Map<string | null, Span[]>();
  for (const span of spans) {
    const group = groups.get(span[dimension]);
    if (group) group.push(span);
    else groups.set(span[dimension], [span]);
  }
  return [...groups]
    .map(([value, group]) => ({ dimension, value, ...totalsOf(group), children: nest(group, rest) }))
    .sort((a, b) => {
      const [left, right] = [nanosFromUsd(a.costUsd), nanosFromUsd(b.costUsd)];
      return left === right ? b.calls - a.calls : left < right ? 1 : -1;
    });
}
