import { buckets, grown, label, labels, legend, metric, own, quantile, rate, share } from '../promql.ts';
import { calls, dollars, each, failed, from, model, perSecond, said, seconds, time } from '../sql.ts';
import type { Board, Panel } from './panel.ts';

const cost = metric('tally.llm.cost');
const made = metric('tally.llm.calls');
const input = metric('tally.llm.input_tokens');
const output = metric('tally.llm.output_tokens');
const durations = buckets('tally.llm.call.duration');
const runs = metric('tally.agent.invocations');
const whose = ['tenant', 'agent'] as const;
const saved = own('tallyspan_cache_saved_usd_total', { by: whose });
const surcharge = own('tallyspan_cache_surcharge_usd_total', { by: whose });
const unpriced = own('tallyspan_unpriced_calls_total', { by: whose });
const cacheRead = own('tallyspan_cache_read_tokens_total', { by: whose });
const budget = '{{budget}} · {{window}}';

const panels: readonly Panel[] = [
  {
    id: 'spend',
    title: 'Spent',
    meaning: 'Dollars of all calls whose price is known, in the chosen time.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'figure' },
    queries: [{ promql: grown('', cost), legend: 'spent' }],
    sql: each({}, { spent: dollars }, calls),
  },
  {
    id: 'calls',
    title: 'Model calls',
    meaning: 'Calls of models, failed ones included. Each counts once, however many libraries recorded it.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'figure' },
    queries: [{ promql: grown('', made), legend: 'calls' }],
    sql: each({}, { calls: 'count()' }, calls),
  },
  {
    id: 'cost-per-run',
    title: 'Cost of one run',
    meaning: 'Dollars spent by the runs of an agent, divided by how many ended in the chosen time.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'bars' },
    queries: [{ promql: `${grown(label('agent'), cost)} / ${grown(label('agent'), runs)}`, legend: legend('agent') }],
    sql: each({ agent: said('agent') }, { cost_per_run: `${dollars} / greatest(uniqExact(run_id), 1)` }, calls),
  },
  {
    id: 'unpriced',
    title: 'Calls without a price',
    meaning: 'Calls of models that no price table knows. Their cost is in no figure here; it is not 0.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'figure', warn: 1 },
    queries: [{ promql: `${grown('', unpriced)} or vector(0)`, legend: 'calls' }],
    sql: each({}, { calls: "countIf(ifNull(cost_source = 'unpriced', false))" }, calls),
  },
  {
    id: 'tokens',
    title: 'Tokens, in and out',
    meaning: 'Tokens a second. Input includes what was read from a cache, output includes reasoning.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [
      { promql: rate('', input), legend: 'in' },
      { promql: rate('', output), legend: 'out' },
    ],
    sql: each(
      { time },
      { input: perSecond('sum(ifNull(input_tokens, 0))'), output: perSecond('sum(ifNull(output_tokens, 0))') },
      calls,
    ),
  },
  {
    id: 'spend-rate',
    title: 'Dollars an hour, by model',
    meaning: 'What would be spent in an hour if it went on as now.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: `${rate(label('requestModel'), cost)} * 3600`, legend: legend('requestModel') }],
    sql: each({ time, model }, { dollars_an_hour: `${perSecond(dollars)} * 3600` }, calls),
  },
  {
    id: 'cost-by-tenant',
    title: 'Spent by tenant',
    meaning: 'Dollars in the chosen time.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'bars' },
    queries: [{ promql: grown(label('tenant'), cost), legend: legend('tenant') }],
    sql: each({ tenant: 'tenant' }, { spent: dollars }, calls),
  },
  {
    id: 'cost-by-agent-and-role',
    title: 'Spent by agent and role',
    meaning: 'Dollars in the chosen time; a role is the part of an agent that made the call.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'table' },
    queries: [{ promql: grown(labels('agent', 'role'), cost), legend: legend('agent', 'role') }],
    sql: each({ agent: said('agent'), role: said('role') }, { spent: dollars }, calls),
  },
  {
    id: 'model-distribution',
    title: 'Calls by model',
    meaning: 'Which models are asked how often.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'pie' },
    queries: [{ promql: grown(label('requestModel'), made), legend: legend('requestModel') }],
    sql: each({ model }, { calls: 'count()' }, calls),
  },
  {
    id: 'cost-by-model',
    title: 'Spent by provider and model',
    meaning: 'Dollars in the chosen time.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'bars' },
    queries: [{ promql: grown(labels('provider', 'requestModel'), cost), legend: legend('provider', 'requestModel') }],
    sql: each({ provider: said('provider'), model }, { spent: dollars }, calls),
  },
  {
    id: 'latency',
    title: 'How long calls take',
    meaning: 'Half of the calls, 95 and 99 of a hundred are no slower. A stream is measured to its end.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [0.5, 0.95, 0.99].map((part) => ({ promql: quantile(part, '', durations), legend: `p${part * 100}` })),
    sql: each(
      { time },
      { p50: `quantile(0.5)(${seconds})`, p95: `quantile(0.95)(${seconds})`, p99: `quantile(0.99)(${seconds})` },
      calls,
    ),
  },
  {
    id: 'latency-by-model',
    title: 'How long calls take, p95 by model',
    meaning: '95 of a hundred calls of a model are no slower.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: quantile(0.95, label('requestModel'), durations), legend: legend('requestModel') }],
    sql: each({ time, model }, { p95: `quantile(0.95)(${seconds})` }, calls),
  },
  {
    id: 'first-chunk',
    title: 'Time to the first chunk, p95 by model',
    meaning: 'Of streams: how long somebody looks at nothing. Of all tenants and agents.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: quantile(0.95, label('requestModel'), buckets('gen_ai.client.operation.time_to_first_chunk')),
        legend: legend('requestModel'),
      },
    ],
    sql: each(
      { time, model },
      { p95: 'quantile(0.95)(assumeNotNull(time_to_first_chunk))' },
      from('billable AND time_to_first_chunk IS NOT NULL'),
    ),
  },
  {
    id: 'errors-by-provider',
    title: 'Failed calls, by provider',
    meaning: 'Part of the calls that failed: refused, timed out, overloaded.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: share(rate(label('provider'), metric('tally.llm.call_errors')), rate(label('provider'), made)),
        legend: legend('provider'),
      },
    ],
    sql: each({ time, provider: said('provider') }, { failed: `${failed} / count()` }, calls),
  },
  {
    id: 'budget-used',
    title: 'Budgets: used',
    meaning: 'Part of the limit that is used in this window, of the limit that is nearest. Above 100 % it was overrun.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'bars', warn: 0.8, bad: 1 },
    queries: [{ promql: `max by (budget, window) (${own('tallyspan_budget_used_ratio')})`, legend: budget }],
  },
  {
    id: 'budget-burn',
    title: 'Budgets: burn',
    meaning:
      'Part used, divided by the part of the window that is over. Above 1 it will be used up before the window ends.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: `max by (budget, window) (${own('tallyspan_budget_used_ratio')}) / (max by (budget, window) (${own('tallyspan_budget_elapsed_ratio')}) > 0)`,
        legend: budget,
      },
    ],
  },
  {
    id: 'cache-savings',
    title: 'Saved by prompt caches',
    meaning: 'What cached input would have cost more at the full price, less what filling the cache cost.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'bars' },
    queries: [
      {
        promql: `${grown(label('requestModel'), saved)} - (${grown(label('requestModel'), surcharge)} or 0 * ${grown(label('requestModel'), saved)})`,
        legend: legend('requestModel'),
      },
    ],
  },
  {
    id: 'cache-share',
    title: 'Input from caches, by model',
    meaning: 'Part of the input tokens that a cache of the provider had.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'bars', lowIsBad: true },
    queries: [
      {
        promql: `${grown(label('requestModel'), cacheRead)} / (${grown(label('requestModel'), input)} > 0)`,
        legend: legend('requestModel'),
      },
    ],
    sql: each(
      { model },
      { cached: 'sum(ifNull(cache_read_tokens, 0)) / greatest(sum(ifNull(input_tokens, 0)), 1)' },
      calls,
    ),
  },
  {
    id: 'unpriced-models',
    title: 'Models without a price',
    meaning: 'Whose calls no price table knows. Give them prices, or spending is more than is shown here.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'table' },
    queries: [
      {
        promql: grown(labels('provider', 'requestModel', 'agent'), unpriced),
        legend: legend('provider', 'requestModel', 'agent'),
      },
    ],
    sql: each(
      { provider: said('provider'), model, agent: said('agent') },
      { calls: 'count()' },
      from("billable AND cost_source = 'unpriced'"),
    ),
  },
];

export const llmCosts: Board = {
  uid: 'tallyspan-llm-costs',
  title: 'Tallyspan: LLM Costs',
  about: 'What models cost, whom and for what. Figures of the chosen time are those of the cost API of the server.',
  panels,
};
