import type { Conditions } from '../conditions.ts';
import { spanCondition, type Speech, traceCondition } from '../filter-sql.ts';
import type { SpanFilter, TraceFilter } from '../store.ts';
import { conditions } from './connection.ts';
import { idsIn, isSpanId, isTraceId, spanIs, traceIs } from './ids.ts';
import { speech } from './speech.ts';
import { tenantPrefix } from './tables.ts';

const ofSpans: Speech = {
  ...speech,
  hasSpan() {
    throw new TypeError('spans are asked themselves');
  },
};

/** Conditions on rows of `spans`; also on those that are gone, when these are wanted. */
export function spansWhere(filter: SpanFilter, withoutGone = true): Conditions {
  const { tenant, agent, role, provider, model, user, runId, traceId, spanId } = filter;
  const where = conditions()
    .add(withoutGone ? 'NOT gone' : 'true', {})
    .addRange('start_nanos', filter)
    .add('tenant = {tenant:String}', { tenant })
    .add('agent = {agent:String}', { agent })
    .add('role = {role:String}', { role })
    .add('provider = {provider:String}', { provider })
    .add('request_model = {model:String} OR response_model = {model:String}', { model })
    .add('user_id = {user:String}', { user })
    .add('run_id = {runId:String}', { runId });
  if (traceId !== undefined) where.add(isTraceId(traceId) ? traceIs('traceId') : 'false', { traceId });
  if (spanId !== undefined) where.add(isSpanId(spanId) ? spanIs('spanId') : 'false', { spanId });
  return filter.where ? where.add(spanCondition(filter.where, where, ofSpans), {}) : where;
}

/** Conditions on rows of `summaries`. */
export function tracesWhere(filter: TraceFilter): Conditions {
  const { from, tenant, agent, model, status, traceIds } = filter;
  const where = summariesFor(tenant)
    .addRange('start_nanos', filter)
    .add('has(agents, {agent:String})', { agent })
    .add('has(models, {model:String})', { model })
    .add('status = {status:String}', { status })
    .add(idsIn('trace_id', 'traceIds', 16), { traceIds: traceIds?.filter(isTraceId) });
  if (!filter.where) return where;
  // A trace starts with its first span, so the spans of those listed start no earlier than `from`.
  const seen = [
    'NOT gone',
    ...(from === undefined ? [] : ['start_nanos >= {from:Int64}']),
    ...(tenant === undefined ? [] : ['tenant = {tenant:String}']),
    ...(traceIds === undefined ? [] : [idsIn('trace_id', 'traceIds', 16)]),
  ];
  const hasSpan = (condition: string) =>
    `trace_id GLOBAL IN (SELECT trace_id FROM spans FINAL WHERE ${[...seen, condition].join(' AND ')})`;
  return where.add(traceCondition(filter.where, where, { ...speech, hasSpan }), {});
}

/** Those from a tenant's spans alone or, without one, those from all spans. */
export function summariesFor(tenant: string | undefined): Conditions {
  return tenant === undefined
    ? conditions().add('whole', {})
    : conditions().add(`spans > 0 AND reader = concat('${tenantPrefix}', {tenant:String})`, { tenant });
}
