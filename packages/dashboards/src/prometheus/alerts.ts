/** When somebody should look, as rows: what is measured, from which value on, for how long, and a test of both sides. */
/** One side of an alert's test. `{series: values}` in promtool's notation, a sample a minute. */
type Series = Readonly<Record<string, string>>;

export interface Alert {
  name: string;
  severity: 'page' | 'ticket';
  /** Expressions with what makes each true; all must be. */
  when: readonly { value: string; is: string }[];
  for: string;
  summary: string;
  /** What to do first. */
  action: string;
  /** A quarter of an hour of `bad` fires it, of `good` does not. */
  test: { bad: Series; good: Series };
}

/** From where on money is too much: these are yours to set. */
export interface Thresholds {
  /** Of one tenant. */
  usdPerHourMax: number;
  /** Part of the calls of one provider. */
  errorShareMax: number;
  /** Calls a minute of one agent that the guard blocks. */
  blocksPerMinuteMax: number;
}

export const defaultThresholds: Thresholds = { usdPerHourMax: 50, errorShareMax: 0.1, blocksPerMinuteMax: 5 };

export function alertsOf(thresholds: Thresholds = defaultThresholds): Alert[] {
  const { usdPerHourMax, errorShareMax, blocksPerMinuteMax } = thresholds;
  const server = 'job="tallyspan"';
  return [
    {
      name: 'TallyspanDown',
      severity: 'page',
      when: [{ value: 'up{job="tallyspan"}', is: '== 0' }],
      for: '2m',
      summary: 'Tallyspan on {{ $labels.instance }} does not answer.',
      action: 'Senders keep a little and drop the rest: look at its log, and at /readyz.',
      test: { bad: { [`up{${server}}`]: '0x20' }, good: { [`up{${server}}`]: '1x20' } },
    },
    {
      name: 'AgentDown',
      severity: 'ticket',
      when: [{ value: 'up{job="agents"}', is: '== 0' }],
      for: '5m',
      summary: 'Agents of {{ $labels.tenant }} on {{ $labels.instance }} do not answer.',
      action: 'See whether the process runs; its last spans are in Tallyspan.',
      test: { bad: { 'up{job="agents"}': '0x20' }, good: { 'up{job="agents"}': '1x20' } },
    },
    {
      name: 'SpendRateHigh',
      severity: 'page',
      when: [{ value: 'sum by (tally_tenant) (tally:llm_cost_usd:rate5m) * 3600', is: `> ${usdPerHourMax}` }],
      for: '10m',
      summary: 'Agents of {{ $labels.tally_tenant }} spend {{ $value | printf "%.2f" }} dollars an hour.',
      action: 'The dashboard LLM Costs shows which agent and model; a budget with the action "block" stops it.',
      test: {
        bad: { 'tally_llm_cost_usd_total{job="tallyspan",tally_tenant="acme"}': `0+${usdPerHourMax / 30}x20` },
        good: { 'tally_llm_cost_usd_total{job="tallyspan",tally_tenant="acme"}': `0+${usdPerHourMax / 120}x20` },
      },
    },
    {
      name: 'BudgetNearlyUsed',
      severity: 'ticket',
      when: [{ value: `tallyspan_budget_used_ratio{${server}}`, is: '>= 0.8' }],
      for: '0m',
      summary: '{{ $value | humanizePercentage }} of the budget {{ $labels.budget }} is used.',
      action: 'Raise it, or let its agents do less until the {{ $labels.window }} is over.',
      test: budgetTest('0.85', '0.5'),
    },
    {
      name: 'BudgetUsedUp',
      severity: 'page',
      when: [{ value: `tallyspan_budget_used_ratio{${server}}`, is: '>= 1' }],
      for: '0m',
      summary: 'The budget {{ $labels.budget }} is used up.',
      action: 'With the action "block" its agents are refused now; with "alert" they go on spending.',
      test: budgetTest('1.02', '0.99'),
    },
    {
      name: 'BudgetBurnsFast',
      severity: 'ticket',
      when: [
        { value: 'tally:budget_burn:ratio', is: '> 1.5' },
        { value: `tallyspan_budget_elapsed_ratio{${server}}`, is: '> 0.1' },
      ],
      for: '15m',
      summary:
        'The budget {{ $labels.budget }} burns {{ $value | printf "%.1f" }} times as fast as its {{ $labels.window }} passes.',
      action: 'It will be used up early: look who spends on the dashboard LLM Costs.',
      test: {
        bad: budgetSeries('0.6', '0.3'),
        good: budgetSeries('0.6', '0.6'),
      },
    },
    {
      name: 'ModelErrorsMany',
      severity: 'page',
      when: [{ value: 'tally:llm_errors:ratio5m', is: `> ${errorShareMax}` }],
      for: '10m',
      summary: '{{ $value | humanizePercentage }} of the calls to {{ $labels.gen_ai_provider_name }} fail.',
      action: 'Group errors by type in Tallyspan: 429 is a quota, 5xx is the provider, 4xx is us.',
      test: {
        bad: errorSeries(`0+${errorShareMax * 120}x30`),
        good: errorSeries(`0+${errorShareMax * 30}x30`),
      },
    },
    {
      name: 'GuardBlocksMany',
      severity: 'ticket',
      when: [
        {
          value: `sum by (tally_tenant, gen_ai_agent_name) (rate(tallyspan_guarded_calls_total{${server},outcome="blocked"}[5m])) * 60`,
          is: `> ${blocksPerMinuteMax}`,
        },
      ],
      for: '5m',
      summary: 'The guard blocks {{ $value | printf "%.0f" }} calls a minute of {{ $labels.gen_ai_agent_name }}.',
      action: 'Somebody attacks, or a rule is too strict: the findings are on the guard page.',
      test: {
        bad: { [`tallyspan_guarded_calls_total{${server},outcome="blocked"}`]: `0+${blocksPerMinuteMax * 2}x30` },
        good: { [`tallyspan_guarded_calls_total{${server},outcome="blocked"}`]: '0+1x30' },
      },
    },
    {
      name: 'IngestLagging',
      severity: 'ticket',
      when: [{ value: `tallyspan_ingest_lag_seconds{${server}}`, is: '> 30' }],
      for: '5m',
      summary: 'Spans on {{ $labels.instance }} wait {{ $value | humanizeDuration }} to be stored.',
      action: 'Nothing is lost while the log has room. The store is slow or refuses: see /readyz.',
      test: {
        bad: { [`tallyspan_ingest_lag_seconds{${server}}`]: '60x30' },
        good: { [`tallyspan_ingest_lag_seconds{${server}}`]: '2x30' },
      },
    },
    {
      name: 'IngestBacklogFilling',
      severity: 'page',
      when: [{ value: `tallyspan_backlog_bytes{${server}} / tallyspan_backlog_bytes_max{${server}}`, is: '> 0.8' }],
      for: '1m',
      summary: 'The backlog of {{ $labels.instance }} is {{ $value | humanizePercentage }} full.',
      action: 'When it is full, senders get 503 and later drop spans. Give the store more, or send less.',
      test: {
        bad: { [`tallyspan_backlog_bytes{${server}}`]: '90x20', [`tallyspan_backlog_bytes_max{${server}}`]: '100x20' },
        good: { [`tallyspan_backlog_bytes{${server}}`]: '10x20', [`tallyspan_backlog_bytes_max{${server}}`]: '100x20' },
      },
    },
    {
      name: 'SpansRefused',
      severity: 'ticket',
      when: [
        { value: `sum by (instance) (increase(tallyspan_ingest_rejected_spans_total{${server}}[10m]))`, is: '> 0' },
      ],
      for: '0m',
      summary: 'Spans were refused by {{ $labels.instance }}.',
      action: 'The answer to the sender says why: see its log for "partial success".',
      test: counterTest(`tallyspan_ingest_rejected_spans_total{${server}}`),
    },
    {
      name: 'RequestsRefused',
      severity: 'ticket',
      when: [
        {
          value: `sum by (instance, code) (rate(tallyspan_ingest_refused_requests_total{${server}}[10m])) * 600`,
          is: '> 5',
        },
      ],
      for: '0m',
      summary: '{{ $labels.instance }} refuses requests: {{ $labels.code }}.',
      action: 'What the code means and what to do about it stands in the list of errors.',
      test: counterTest(`tallyspan_ingest_refused_requests_total{${server},code="OVERLOADED"}`),
    },
    {
      name: 'SpansSetAside',
      severity: 'page',
      when: [{ value: `tallyspan_set_aside_records{${server}} + tallyspan_log_damaged_bytes{${server}}`, is: '> 0' }],
      for: '0m',
      summary: 'Acknowledged spans on {{ $labels.instance }} could not be stored.',
      action: 'They lie in set-aside/ or as *.damaged in the data folder; keep them and report it.',
      test: {
        bad: { [`tallyspan_set_aside_records{${server}}`]: '1x20', [`tallyspan_log_damaged_bytes{${server}}`]: '0x20' },
        good: {
          [`tallyspan_set_aside_records{${server}}`]: '0x20',
          [`tallyspan_log_damaged_bytes{${server}}`]: '0x20',
        },
      },
    },
    {
      name: 'CollectorDrops',
      severity: 'page',
      when: [
        {
          // A Collector exposes each of the two from its first failure on, so one is often missing: no sum of both. And not one
          // matcher for both: without their names they would be the same series.
          value: `sum by (instance) (${['enqueue', 'send']
            .map(
              (what) =>
                `label_replace(rate({__name__=~"otelcol_exporter_${what}_failed_spans(_total)?"}[5m]), "failed", "${what}", "", "")`,
            )
            .join(' or ')})`,
          is: '> 0',
        },
      ],
      for: '5m',
      summary: 'The Collector on {{ $labels.instance }} cannot pass spans on.',
      action: 'Its queue is full or the other side refuses: see otelcol_exporter_queue_size and its log.',
      test: {
        bad: { otelcol_exporter_send_failed_spans_total: '0+5x30' },
        good: { otelcol_exporter_send_failed_spans_total: '7x30', otelcol_exporter_enqueue_failed_spans_total: '7x30' },
      },
    },
    {
      name: 'ModelsWithoutPrice',
      severity: 'ticket',
      when: [
        {
          value: `sum by (gen_ai_provider_name, gen_ai_request_model) (increase(tallyspan_unpriced_calls_total{${server}}[1h]))`,
          is: '> 0',
        },
      ],
      for: '0m',
      summary: 'Nobody knows the price of {{ $labels.gen_ai_request_model }}.',
      action: 'What it costs is in no figure and no budget: give it a price.',
      test: counterTest(`tallyspan_unpriced_calls_total{${server},gen_ai_request_model="new"}`),
    },
    {
      name: 'ProxyCertificateExpires',
      severity: 'page',
      when: [{ value: 'envoy_server_days_until_first_cert_expiring', is: '< 7' }],
      for: '10m',
      summary: 'A certificate of Envoy on {{ $labels.instance }} expires in {{ $value }} days.',
      action: 'Short-lived ones are renewed on their own: see whether SPIRE still delivers.',
      test: {
        bad: { envoy_server_days_until_first_cert_expiring: '3x30' },
        good: { envoy_server_days_until_first_cert_expiring: '30x30' },
      },
    },
    {
      name: 'IdentityAuthorityExpires',
      severity: 'page',
      when: [{ value: 'spire_server_manager_x509_ca_rotate_expiration - time()', is: '< 21600' }],
      for: '10m',
      summary: 'The X.509 authority of {{ $labels.trust_domain_id }} expires in {{ $value | humanizeDuration }}.',
      action: 'SPIRE should have rotated it long ago: see the log of its server.',
      test: {
        bad: { spire_server_manager_x509_ca_rotate_expiration: '7200x30' },
        good: { spire_server_manager_x509_ca_rotate_expiration: '86400x30' },
      },
    },
  ];
}

function budgetSeries(used: string, elapsed: string): Series {
  const labels = '{job="tallyspan",budget="b",window="day"}';
  return {
    [`tallyspan_budget_used_ratio${labels}`]: `${used}x40`,
    [`tallyspan_budget_elapsed_ratio${labels}`]: `${elapsed}x40`,
  };
}

function budgetTest(bad: string, good: string): Alert['test'] {
  return { bad: budgetSeries(bad, '0.9'), good: budgetSeries(good, '0.9') };
}

function errorSeries(errors: string): Series {
  const labels = '{job="tallyspan",gen_ai_provider_name="openai"}';
  return { [`tally_llm_calls_total${labels}`]: '0+60x30', [`tally_llm_call_errors_total${labels}`]: errors };
}

function counterTest(series: string): Alert['test'] {
  return { bad: { [series]: '0+5x30' }, good: { [series]: '7x30' } };
}
