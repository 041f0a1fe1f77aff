import { share } from '../promql.ts';

/** Named as Prometheus advises: what it is of, the metric, what was done. Alerts and long ranges read these. */
export function recordings(): { record: string; expr: string }[] {
  const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}{job="tallyspan"}[5m]))`;
  return [
    {
      record: 'tally:llm_cost_usd:rate5m',
      expr: rate('tally_llm_cost_usd_total', 'tally_tenant, gen_ai_agent_name, tally_role, gen_ai_request_model'),
    },
    {
      record: 'tally:llm_calls:rate5m',
      expr: rate('tally_llm_calls_total', 'tally_tenant, gen_ai_agent_name, gen_ai_provider_name'),
    },
    {
      record: 'tally:llm_tokens:rate5m',
      expr: `${rate('tally_llm_input_tokens_total', 'tally_tenant, gen_ai_agent_name')} + (${rate('tally_llm_output_tokens_total', 'tally_tenant, gen_ai_agent_name')} or 0 * ${rate('tally_llm_input_tokens_total', 'tally_tenant, gen_ai_agent_name')})`,
    },
    {
      record: 'tally:llm_errors:ratio5m',
      expr: share(
        rate('tally_llm_call_errors_total', 'gen_ai_provider_name'),
        rate('tally_llm_calls_total', 'gen_ai_provider_name'),
      ),
    },
    {
      record: 'tally:llm_call_duration_seconds:p95_5m',
      expr: `histogram_quantile(0.95, ${rate('tally_llm_call_duration_seconds_bucket', 'gen_ai_request_model, le')})`,
    },
    {
      record: 'tally:budget_burn:ratio',
      expr: 'tallyspan_budget_used_ratio{job="tallyspan"} / (tallyspan_budget_elapsed_ratio{job="tallyspan"} > 0)',
    },
  ];
}
