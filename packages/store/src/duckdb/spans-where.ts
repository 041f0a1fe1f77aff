import type { Filter } from '@tallyspan/facts/query';
import type { Conditions } from '../conditions.ts';
import { spanCondition, type Speech, traceCondition } from '../filter-sql.ts';
import type { SpanFilter, TraceFilter } from '../store.ts';
import type { FoundBlocks } from './find-blocks.ts';
import { conditions } from './query.ts';
import { speech } from './speech.ts';

const ofSpans: Speech = {
  ...speech,
  hasSpan() {
    throw new TypeError('spans are asked themselves');
  },
};

/** Conditions on rows of `spans`; `blocks` is what {@link findBlocks} says of the same filter. */
export function spansWhere(filter: SpanFilter, blocks?: FoundBlocks): Conditions {
  const { tenant, agent, role, provider, model, user, runId, traceId, spanId } = filter;
  const where = conditions()
    .addRange('start_nanos', filter)
    .add('tenant = $tenant', { tenant })
    .add('agent = $agent', { agent })
    .add('role = $role', { role })
    .add('provider = $provider', { provider })
    .add('request_model = $model OR response_model = $model', { model })
    .add('user_id = $user', { user })
    .add('run_id = $runId', { runId })
    .add('trace_id = $traceId', { traceId })
    .add('span_id = $spanId', { spanId });
  if (!filter.where) return where;
  return where.add(blocks?.batchesOf(filter.where) ?? 'true', {}).add(spanCondition(filter.where, where, ofSpans), {});
}

/** Conditions on rows of `traces`. */
export function tracesWhere(filter: TraceFilter, blocks?: FoundBlocks): Conditions {
  const { from, tenant, agent, model, status, traceIds } = filter;
  const where = summariesFor(tenant)
    .addRange('start_nanos', filter)
    .add('list_contains(agents, $agent)', { agent })
    .add('list_contains(models, $model)', { model })
    .add('status = $status', { status })
    .add('trace_id IN (SELECT unnest($traceIds))', { traceIds });
  if (!filter.where) return where;
  // A trace starts with its first span, so the spans of those listed start no earlier than `from`.
  const seen = [
    ...(from === undefined ? [] : ['start_nanos >= $from']),
    ...(tenant === undefined ? [] : ['tenant = $tenant']),
    ...(traceIds === undefined ? [] : ['trace_id IN (SELECT unnest($traceIds))']),
  ];
  const hasSpan = (condition: string, of: Filter) =>
    `trace_id IN (SELECT trace_id FROM spans WHERE ${[...seen, blocks?.batchesOf(of) ?? 'true', condition].join(' AND ')})`;
  return where.add(traceCondition(filter.where, where, { ...speech, hasSpan }), {});
}

/** Those from a tenant's spans alone or, without one, those from all spans. */
export function summariesFor(tenant: string | undefined): Conditions {
  return tenant === undefined ? conditions().add('is_whole', {}) : conditions().add('reader = $tenant', { tenant });
}
