/** What the API answers when pages are drawn to be compared: the same at all times. */
import type {
  AlertHistory,
  AlertList,
  Anomalies,
  AuditLog,
  BudgetList,
  Costs,
  DataJobList,
  DataSize,
  KeyList,
  PriceList,
  QuotaList,
  Readiness,
  RetentionList,
  Trace,
  Whoami,
} from '@tallyspan/server';
import { makeSpan } from '../make-span.ts';
import { makeTrace } from '../make-trace.ts';
import { answersOf, crew, totalsOf, traceOf } from '../sample.ts';
import { helpdesk } from '../trace-sample.ts';
import type { Answers } from '../fake-api.ts';

/** The time at which all of it is looked at. */
export const NOW = '2026-11-21T12:04:00Z';
const at = (minutesAgo: number) => new Date(Date.parse(NOW) - minutesAgo * 60_000).toISOString();

const others: Trace[] = Array.from({ length: 12 }, (_, i) =>
  traceOf(String(i + 1).padStart(32, '0'), [makeSpan('a1', null, { name: 'chat gpt-4o', model: 'gpt-4o' })], {
    ...makeTrace(String(i + 1).padStart(32, '0')),
    name: `invoke_agent ${['analyst', 'support-bot', 'planner'][i % 3]}`,
    agent: ['analyst', 'support-bot', 'planner'][i % 3]!,
    tenant: ['acme-corp', 'globex'][i % 2]!,
    ...{
      start: at(5 + i * 7),
      durationMs: 400 + i * 930,
      status: i % 5 === 3 ? 'error' : 'ok',
      rootArrived: i % 6 !== 4,
    },
    ...{ spans: 3 + i * 4, calls: 1 + i, errors: i % 5 === 3 ? 1 : 0, errorSpans: i % 5 === 3 ? 2 : 0 },
    ...{
      inputTokens: 1_200 * (i + 1),
      outputTokens: 90 * (i + 1),
      costUsd: `0.0${i + 11}`,
      unpricedCalls: i % 7 === 6 ? 1 : 0,
    },
    models: [['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-20250514'][i % 3]!],
    sessionId: `s-${i % 4}`,
  }),
);

const overTime: Costs['rows'] = Array.from({ length: 24 }, (_, i) => {
  const usd = (((i * 7) % 11) + 2) / 100;
  return {
    key: [at((24 - (i >> 1)) * 60 - 4), ['content-crew', 'analyst'][i % 2]!],
    ...{ ...totalsOf(crew.spans), costUsd: String(usd), calls: 2 + (i % 5) },
  };
});

const amounts = { usd: null, tokens: null, calls: null };
const budgets: BudgetList = {
  budgets: [
    ['acme', 'Acme, this month', 'tenant', 61.4, 'ok'],
    ['crew', 'Content crew, each day', 'agent', 88.1, 'warning'],
    ['night', 'Night jobs', 'role', 104.2, 'used_up'],
  ].map(([id, name, kind, percent, state]) => ({
    ...{ id: String(id), version: 1, changedAt: at(600), name: String(name), scope: { [String(kind)]: String(id) } },
    limits: { ...amounts, usd: '50' },
    ...{
      window: id === 'acme' ? ('month' as const) : ('day' as const),
      thresholds: [50, 80, 100],
      action: 'block' as const,
    },
    enabled: true,
    now: {
      ...{ from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z', run: null, state: state as 'ok' },
      spent: { ...amounts, usd: (Number(percent) / 2).toFixed(2) },
      left: { ...amounts, usd: (50 - Number(percent) / 2).toFixed(2) },
      pending: { ...amounts, usd: '0.25' },
      ...{
        percent: Number(percent),
        forecast: { ...amounts, usd: String(Number(percent)) },
        usedUpAt: null,
        explained: null,
      },
    },
  })),
};
const alerts: AlertList = {
  alerts: [
    {
      ...{ id: 'a1', version: 1, changedAt: at(900), name: 'Failing', enabled: true, tenant: null },
      rule: { on: 'silence', scope: { agent: 'content-crew' }, minutes: 15 },
      channels: [{ type: 'email', to: ['ops@example.com'] }],
      firing: [{ key: 'content-crew', since: at(9), text: 'content-crew made no call for 15 minutes' }],
    },
  ],
};
const history: AlertHistory = {
  waiting: 0,
  events: [
    {
      ...{ id: 'e1', at: at(9), alert: { id: 'a1', name: 'Failing' }, state: 'firing', on: 'silence', tenant: null },
      ...{ key: 'content-crew', text: 'content-crew made no call for 15 minutes' },
    },
  ],
};
const key = {
  tenant: null,
  agent: null,
  state: 'good',
  createdBy: 'key k_1',
  lastUsedAt: at(40),
  expiresAt: null,
} as const;
const keys: KeyList = {
  keys: [
    {
      ...key,
      id: 'k_2',
      name: 'App of Acme',
      shown: 'tally_ingest_…aB3x',
      scope: 'ingest',
      tenant: 'acme-corp',
      createdAt: at(3_000),
      revokedAt: null,
    },
    {
      ...key,
      id: 'k_1',
      name: 'Operator',
      shown: 'tally_admin_…9Qw2',
      scope: 'admin',
      createdAt: at(4_000),
      revokedAt: null,
    },
  ],
};
const whoami: Whoami = {
  who: 'key k_1',
  tenant: null,
  agent: null,
  scopes: ['ingest', 'read', 'admin'],
  keysRequired: true,
};
const quotas: QuotaList = {
  quotas: [{ tenant: 'acme-corp', spansPerSecond: 500, bytesPerDay: 2_000_000_000, bytesToday: 640_000_000 }],
};
const audit: AuditLog = {
  nextCursor: null,
  entries: ['createKey', 'putQuota', 'deleteData', 'exportData'].map((action, i) => ({
    ...{ at: at(30 * (i + 1)), who: 'key k_1', tenant: null, action, target: `/api/v1/${action}`, from: '10.0.0.7' },
    ...{ outcome: i === 2 ? 'FORBIDDEN' : 'ok', detail: null, count: 1 },
  })),
};
const retention: RetentionList = {
  retention: [
    { tenant: '*', days: 90, bytes: null },
    { tenant: 'acme-corp', days: 30, bytes: 50_000_000_000 },
  ],
};
const jobs: DataJobList = {
  jobs: [
    {
      ...{
        id: 'j_1',
        kind: 'delete',
        state: 'done',
        step: 'done',
        who: 'key k_1',
        askedAt: at(70),
        doneAt: at(69),
        error: null,
      },
      ...{ asked: { tenant: 'acme-corp', user: 'bob' }, repriced: null },
      deleted: {
        ...{ spans: 1_204, deleted: 1_204, left: 0, traces: 61, countedAt: at(69), setAside: 0 },
        ...{ logHolds: false, diskHolds: false, disk: 'the file was written anew without what was deleted' },
      },
    },
  ],
};
const size: DataSize = {
  tenants: [
    { tenant: 'acme-corp', spans: 1_840_220, textBytes: null, firstDay: '2026-10-22', lastDay: '2026-11-21' },
    { tenant: 'globex', spans: 90_311, textBytes: null, firstDay: '2026-11-02', lastDay: '2026-11-21' },
  ],
  folder: {
    bytes: { spans: 612_000_000, log: 8_400_000, objects: 14_200, audit: 1_900_000, setAside: 0, other: 0 },
    freeBytes: 74_500_000_000,
  },
  lastBackupAt: at(600),
};
const prices: PriceList = {
  tables: 'genai-prices@0.1.8',
  prices: [
    {
      id: 'house',
      version: 1,
      changedAt: at(900),
      model: 'house-llama*',
      rates: { input: 0.5, output: 1.5 },
      note: 'our machines',
    },
  ],
};
const anomalies: Anomalies = {
  ...{ by: 'agent', from: at(60), to: NOW, windows: 24, checked: 3, note: null },
  anomalies: [
    {
      ...{ value: 'analyst', costUsd: '4.2', usualUsd: '0.4', times: 10.5, score: 9.1, calls: 80 },
      explanation: 'analyst spent $4.20 in this hour, and $0.40 in a usual one.',
    },
  ],
};
const ready: Readiness = {
  ready: true,
  log: { writable: true, damagedBytes: 0 },
  drain: { caughtUp: true, setAside: 0 },
  backlog: { bytes: 1_240_000, bytesMax: 512_000_000 },
};
const metrics = [
  ['tallyspan_ingest_spans_total', 1_930_531],
  ['tallyspan_stored_spans_total', 1_930_531],
  ['tallyspan_ingest_rejected_spans_total', 12],
  ['tallyspan_ingest_lag_seconds', 0.041],
  ['tallyspan_tail_readers', 3],
  ['process_resident_memory_bytes', 412_000_000],
  ['process_start_time_seconds', Date.parse(NOW) / 1_000 - 93_600],
]
  .map(([name, value]) => `${name} ${value}\n`)
  .join('');

export function fixedAnswers(): Answers {
  const answers = answersOf([crew, helpdesk, ...others]);
  return {
    ...answers,
    costs: (query) => {
      const costs = answers.costs(query);
      return query.get('by')?.startsWith('time:')
        ? { ...costs, by: query.get('by')!.split(','), rows: overTime }
        : costs;
    },
    more: {
      ...answers.more,
      '/api/v1/budgets': () => budgets,
      '/api/v1/alerts': () => alerts,
      '/api/v1/alerts/history': () => history,
      '/api/v1/keys': () => keys,
      '/api/v1/whoami': () => whoami,
      '/api/v1/quotas': () => quotas,
      '/api/v1/audit': () => audit,
      '/api/v1/data/retention': () => retention,
      '/api/v1/data/jobs': () => jobs,
      '/api/v1/data/size': () => size,
      '/api/v1/prices': () => prices,
      '/api/v1/anomalies': () => anomalies,
      '/api/v1/openapi.json': () => ({ info: { title: 'Tallyspan', version: '1' }, paths: { '/api/v1/traces': {} } }),
      '/readyz': () => ready,
      '/metrics': () => metrics,
    },
  };
}
