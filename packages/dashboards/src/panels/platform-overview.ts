import { AGENTS, buckets, label, legend, metric, own, quantile, rate, SERVER, share } from '../promql.ts';
import { calls, dollars, each, failed, from, perSecond, said, seconds, time } from '../sql.ts';
import type { Board, Panel } from './panel.ts';

const programs = `job=~"${AGENTS}|${SERVER}"`;
const vaults = from("operation IN ('vault_get', 'vault_put', 'vault_delete', 'vault_list')");
/** By its version and settings a Collector ends counters in `_total`. */
const collected = (name: string) =>
  `sum(rate({__name__=~"otelcol_receiver_accepted_${name}(_total)?"}[$__rate_interval]))`;
const lookups = (name: string) => rate(label('cacheTier'), metric(`tally.cache.${name}`));

const panels: readonly Panel[] = [
  {
    id: 'agents-up',
    title: 'Agents up',
    meaning: 'Whether each process of agents answered the last scrape. Red within one scrape interval after it died.',
    ...{ unit: 'count', source: 'sdk', kind: 'figure', bad: 1, lowIsBad: true },
    queries: [{ promql: `min by (tenant, instance) (up{job="${AGENTS}"})`, legend: '{{tenant}} {{instance}}' }],
  },
  {
    id: 'agents-last-seen',
    title: 'Agents: last seen',
    meaning: 'How long ago the last stored span of each agent ended.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'bars', warn: 3_600, bad: 86_400 },
    queries: [
      {
        promql: `time() - max by (tally_tenant, gen_ai_agent_name) (${own('tallyspan_agent_last_seen_timestamp_seconds', { by: ['tenant', 'agent'] })})`,
        legend: legend('tenant', 'agent'),
      },
    ],
    sql: each(
      { tenant: 'tenant', agent: said('agent') },
      { seconds_ago: '(toUnixTimestamp64Nano(now64(9)) - max(end_nanos)) / 1e9' },
      from('agent IS NOT NULL'),
    ),
  },
  {
    id: 'restarts',
    title: 'Restarts',
    meaning: 'How often a process began again in the chosen time.',
    ...{ unit: 'count', source: 'tallyspan', kind: 'bars', warn: 1, bad: 5 },
    queries: [
      {
        promql: `sum by (job, instance) (changes(process_start_time_seconds{${programs}}[$__range]))`,
        legend: '{{job}} {{instance}}',
      },
    ],
  },
  {
    id: 'event-loop-lag',
    title: 'Event loop lag, p99',
    meaning: 'How late timers are: a process that computes for long lets everything else wait.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: `max by (job, instance) (nodejs_eventloop_lag_p99_seconds{${programs}})`,
        legend: '{{job}} {{instance}}',
      },
    ],
  },
  {
    id: 'heap',
    title: 'Memory of JavaScript',
    meaning: 'Heap in use. A line that only climbs is a leak.',
    ...{ unit: 'bytes', source: 'tallyspan', kind: 'lines' },
    queries: [
      { promql: `max by (job, instance) (nodejs_heap_size_used_bytes{${programs}})`, legend: '{{job}} {{instance}}' },
    ],
  },
  {
    id: 'credential-exchanges',
    title: 'Credential exchanges',
    meaning: 'Exchanges of an identity for credentials that succeeded, by service.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: rate(label('credentialService'), metric('tally.credential.exchanges')),
        legend: legend('credentialService'),
      },
    ],
    sql: each(
      { time, service: "JSONExtractString(facts, 'credentialService')" },
      { a_second: perSecond("countIf(status != 'error')") },
      from("operation = 'credential_exchange'"),
    ),
  },
  {
    id: 'credential-failures',
    title: 'Credential exchanges that failed',
    meaning: 'Part of all exchanges that were refused or got no answer.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: share(
          rate(label('tenant'), metric('tally.credential.failures')),
          `${rate(label('tenant'), metric('tally.credential.exchanges'))} + (${rate(label('tenant'), metric('tally.credential.failures'))} or 0 * ${rate(label('tenant'), metric('tally.credential.exchanges'))})`,
        ),
        legend: legend('tenant'),
      },
    ],
    sql: each({ time, tenant: 'tenant' }, { failed: `${failed} / count()` }, from("operation = 'credential_exchange'")),
  },
  {
    id: 'cache-hits',
    title: 'Cache hits, by tier',
    meaning: 'Hits divided by hits and misses: L1 in memory, L2 shared, L3 the source.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: share(
          lookups('hits'),
          `(${lookups('hits')} or 0 * ${lookups('misses')}) + (${lookups('misses')} or 0 * ${lookups('hits')})`,
        ),
        legend: legend('cacheTier'),
      },
    ],
    sql: each(
      { time, tier: "JSONExtractString(facts, 'cacheTier')" },
      { hits: "countIf(JSONExtractBool(facts, 'cacheHit')) / count()" },
      from("operation = 'cache_lookup'"),
    ),
  },
  {
    id: 'mtls-connections',
    title: 'mTLS connections',
    meaning: 'Open connections to Envoy, and handshakes a second, by proxy.',
    ...{ unit: 'count', source: 'envoy', kind: 'lines' },
    queries: [
      { promql: 'sum by (instance) (envoy_listener_downstream_cx_active)', legend: '{{instance}} open' },
      {
        promql: 'sum by (instance) (rate(envoy_listener_ssl_handshake[$__rate_interval]))',
        legend: '{{instance}} handshakes/s',
      },
    ],
  },
  {
    id: 'tls-latency',
    title: 'TLS connection set-up, p95',
    meaning:
      'From the start of a connection of Envoy to its upstream until it can be used: TCP and TLS handshake together.',
    ...{ unit: 'seconds', source: 'envoy', kind: 'lines' },
    queries: [
      {
        promql:
          'histogram_quantile(0.95, sum by (envoy_cluster_name, le) (rate(envoy_cluster_upstream_cx_connect_ms_bucket[$__rate_interval]))) / 1000',
        legend: '{{envoy_cluster_name}}',
      },
    ],
  },
  {
    id: 'spire-entries',
    title: 'SPIRE: entries and SVIDs',
    meaning: 'Registration entries that agents of SPIRE hold, and SVIDs issued from them.',
    ...{ unit: 'count', source: 'spire', kind: 'lines' },
    queries: [
      // Later agents say their entries once for each type of SVID: they are the same entries.
      { promql: 'sum(max without (svid_type) (spire_agent_lru_cache_record_map_size))', legend: 'entries' },
      { promql: 'sum(spire_agent_lru_cache_svid_map_size)', legend: 'SVIDs' },
    ],
  },
  {
    id: 'svid-rotations',
    title: 'SVID rotations',
    meaning: 'X.509-SVIDs that the server signed, and rotations of the identities of agents of SPIRE.',
    ...{ unit: 'perSecond', source: 'spire', kind: 'lines' },
    queries: [
      { promql: 'sum(rate(spire_server_server_ca_sign_x509_svid[$__rate_interval]))', legend: 'signed' },
      { promql: 'sum(rate(spire_agent_agent_svid_rotate[$__rate_interval]))', legend: 'rotated' },
    ],
  },
  {
    id: 'collector-spans',
    title: 'Collector: spans',
    meaning: 'Spans a second that the OpenTelemetry Collector took, refused and could not send.',
    ...{ unit: 'perSecond', source: 'collector', kind: 'lines' },
    queries: [
      { promql: collected('spans'), legend: 'taken' },
      {
        promql: 'sum(rate({__name__=~"otelcol_receiver_refused_spans(_total)?"}[$__rate_interval]))',
        legend: 'refused',
      },
      {
        promql: 'sum(rate({__name__=~"otelcol_exporter_send_failed_spans(_total)?"}[$__rate_interval]))',
        legend: 'not sent',
      },
    ],
  },
  {
    id: 'collector-metrics',
    title: 'Collector: metrics',
    meaning: 'Points of metrics a second that the OpenTelemetry Collector took.',
    ...{ unit: 'perSecond', source: 'collector', kind: 'lines' },
    queries: [{ promql: collected('metric_points'), legend: 'taken' }],
  },
  {
    id: 'ingest',
    title: 'Tallyspan: spans taken',
    meaning: 'Spans a second that were acknowledged, stored for the first time, and refused.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [
      { promql: rate('', own('tallyspan_ingest_spans_total')), legend: 'acknowledged' },
      { promql: rate('', own('tallyspan_stored_spans_total')), legend: 'stored' },
      { promql: rate('', own('tallyspan_ingest_rejected_spans_total')), legend: 'refused' },
    ],
  },
  {
    id: 'ingest-lag',
    title: 'Tallyspan: ingest lag',
    meaning: 'How long the oldest acknowledged span has waited to be stored. What waits is safe on disk.',
    ...{ unit: 'seconds', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: `max by (instance) (${own('tallyspan_ingest_lag_seconds')})`, legend: '{{instance}}' }],
  },
  {
    id: 'vault-operations',
    title: 'Vault requests',
    meaning: 'Requests of agents to a vault, by what they did.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: rate(label('operation'), metric('tally.vault.operations')), legend: legend('operation') }],
    sql: each({ time, operation: said('operation') }, { a_second: perSecond('count()') }, vaults),
  },
  {
    id: 'vault-latency',
    title: 'Vault requests, p95',
    meaning:
      '95 of a hundred requests to a vault are no slower; beside it what the vault itself says of all its requests.',
    ...{ unit: 'seconds', source: 'vault', kind: 'lines' },
    queries: [
      {
        promql: quantile(0.95, label('operation'), buckets('tally.vault.operation.duration')),
        legend: legend('operation'),
      },
      {
        promql:
          'sum(rate(vault_core_handle_request_sum[$__rate_interval])) / (sum(rate(vault_core_handle_request_count[$__rate_interval])) > 0) / 1000',
        legend: 'mean, as the vault says',
      },
    ],
    sql: each({ time, operation: said('operation') }, { p95: `quantile(0.95)(${seconds})` }, vaults),
  },
  {
    id: 'gateway-calls',
    title: 'Gateway: calls of tools',
    meaning: 'Calls of tools through MCP, by tool.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: rate(label('toolName'), metric('tally.gateway.calls')), legend: legend('toolName') }],
    sql: each(
      { time, tool: said('tool') },
      { a_second: perSecond('count()') },
      from("operation = 'execute_tool' AND JSONHas(facts, 'mcpMethod')"),
    ),
  },
  {
    id: 'llm-calls',
    title: 'Model calls, by agent',
    meaning: 'Calls a second, failed ones included.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: rate(label('agent'), metric('tally.llm.calls')), legend: legend('agent') }],
    sql: each({ time, agent: said('agent') }, { a_second: perSecond('count()') }, calls),
  },
  {
    id: 'llm-errors',
    title: 'Model calls that failed',
    meaning: 'Part of all calls of models that failed, of whatever provider.',
    ...{ unit: 'ratio', source: 'tallyspan', kind: 'lines' },
    queries: [
      {
        promql: share(rate('', metric('tally.llm.call_errors')), rate('', metric('tally.llm.calls'))),
        legend: 'failed',
      },
    ],
    sql: each({ time }, { failed: `${failed} / count()` }, calls),
  },
  {
    id: 'llm-tokens',
    title: 'Tokens',
    meaning: 'Tokens a second, in and out.',
    ...{ unit: 'perSecond', source: 'tallyspan', kind: 'lines' },
    queries: [
      { promql: rate('', metric('tally.llm.input_tokens')), legend: 'in' },
      { promql: rate('', metric('tally.llm.output_tokens')), legend: 'out' },
    ],
    sql: each(
      { time },
      { input: perSecond('sum(ifNull(input_tokens, 0))'), output: perSecond('sum(ifNull(output_tokens, 0))') },
      calls,
    ),
  },
  {
    id: 'llm-cost',
    title: 'Dollars an hour',
    meaning: 'What would be spent in an hour if it went on as now, by tenant.',
    ...{ unit: 'dollars', source: 'tallyspan', kind: 'lines' },
    queries: [{ promql: `${rate(label('tenant'), metric('tally.llm.cost'))} * 3600`, legend: legend('tenant') }],
    sql: each({ time, tenant: 'tenant' }, { dollars_an_hour: `${perSecond(dollars)} * 3600` }, calls),
  },
];

export const platformOverview: Board = {
  uid: 'tallyspan-platform-overview',
  title: 'Tallyspan: Platform overview',
  about:
    'Whether everything that agents stand on is up and quick: processes, credentials, identities, vault, gateway, telemetry, models.',
  panels,
};
