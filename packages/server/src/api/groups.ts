/** Groups of spans: how many, how dear, how long, how often they failed. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count, filters, Percentiles, time, totals, usd } from './shapes.ts';
import { SpanRow } from './spans.ts';

const figures = {
  ...totals,
  costPerCallUsd: usd.nullable().describe('of the priced calls, rounded to the nano-dollar; null when there are none'),
  errorRate: z.number().min(0).max(1).nullable().describe('failed calls of all calls; null when there are none'),
  spans: count,
  errorSpans: count.describe('failed spans of any kind'),
  runs: count,
  sessions: count,
  users: count,
  first: time.describe('the start of the first span'),
  last: time.describe('the end of the last one'),
};
const percentiles = {
  durationMs: Percentiles.nullable().describe('milliseconds, of failed ones too'),
  timeToFirstChunkMs: Percentiles.nullable().describe('milliseconds, of streams'),
  tokensPerSecond: Percentiles.nullable().describe(
    'output tokens a second from the first chunk to the end, of streams',
  ),
};
const name = z.string().nullable().describe('null where the spans do not say');
const truncated = z.boolean().describe('whether there are more than the limit');

export const Latency = z.object({
  by: z.array(z.string()),
  rows: z.array(z.object({ key: z.array(name), ...figures, ...percentiles })).describe('those with most spans first'),
  truncated,
});
export type Latency = z.infer<typeof Latency>;

export const ModelRow = z.object({ provider: name, model: name, ...figures, ...percentiles });
export type ModelRow = z.infer<typeof ModelRow>;
export const Models = z.object({ models: z.array(ModelRow), truncated });
export type Models = z.infer<typeof Models>;

export const AgentRow = z.object({ tenant: name, agent: name, ...figures });
export const Agents = z.object({ agents: z.array(AgentRow), truncated });
export type Agents = z.infer<typeof Agents>;

export const RunRow = z.object({
  tenant: name,
  agent: name,
  run: count.nullable().describe('number of this run among the runs of its agent, from 1'),
  runId: name,
  ...figures,
});
export const Runs = z.object({ runs: z.array(RunRow), truncated });
export type Runs = z.infer<typeof Runs>;

export const SessionRow = z.object({ tenant: name, session: name, ...figures });
export const Sessions = z.object({ sessions: z.array(SessionRow), truncated });
export type Sessions = z.infer<typeof Sessions>;

export const UserRow = z.object({ tenant: name, user: name, ...figures });
export const Users = z.object({ users: z.array(UserRow), truncated });
export type Users = z.infer<typeof Users>;

export const A2aEdge = z.object({
  caller: name,
  callee: name,
  sent: count.describe('messages as the caller saw them'),
  executed: count.describe('messages as the callee saw them; both ends may be instrumented, or one'),
  errors: count.describe('failed ones, at the end that saw more'),
  durationMs: Percentiles.nullable().describe('milliseconds, at the end that saw more'),
  states: z.record(z.string(), count).describe('states in which the tasks were left, at the end that saw more'),
  last: time,
});
export const A2a = z.object({ edges: z.array(A2aEdge).describe('the busiest first'), truncated });
export type A2a = z.infer<typeof A2a>;

export const Comparison = z.object({
  groups: z
    .array(z.object({ group: z.string(), models: count, ...figures }))
    .describe('without group: the newest groups of calls that tried the same prompt'),
  models: z.array(ModelRow).describe('with group: one row for each model, the dearest first'),
  calls: z.array(SpanRow).describe('with group: its calls, the newest first'),
});
export type Comparison = z.infer<typeof Comparison>;

export const Anomaly = z.object({
  value: name.describe('the agent, tenant or whatever was asked for'),
  costUsd: usd.describe('in this window'),
  usualUsd: usd.describe('the median of the windows before; of those who spend now and then, the most in one of them'),
  times: z.number().nullable().describe('how many times the usual; null when it was nothing'),
  score: z.number().describe('how many usual spreads above the usual'),
  calls: count,
  explanation: z.string(),
});
export const Anomalies = z.object({
  by: z.string(),
  from: time.describe('the window that is looked at'),
  to: time,
  windows: count.describe('how many windows before it were compared with'),
  anomalies: z.array(Anomaly).describe('the dearest first'),
  checked: count.describe('how many values were looked at'),
  note: z.string().nullable().describe('why nothing can be said, when there is too little to compare with'),
});
export type Anomalies = z.infer<typeof Anomalies>;

const listQuery = (order: 'cost' | 'last' | 'spans') =>
  z.object({
    ...filters,
    order: z.enum(['cost', 'last', 'spans']).default(order).describe('dearest, last seen, or most spans first'),
    limit: z.coerce.number().int().min(1).max(1_000).default(200),
  });
export const LatencyQuery = listQuery('spans').extend({
  by: z.string().default('model').describe('comma-separated dimensions, as of /api/v1/costs; time:hour gives a series'),
  of: z.enum(['calls', 'spans']).default('calls').describe('billable calls, or spans of any kind'),
});
export const CompareQuery = z.object({
  ...filters,
  group: z.string().max(300).optional().describe('a comparison group: llm() sets it for calls with one prompt'),
});
export const AnomaliesQuery = z.object({
  q: filters.q,
  tenant: filters.tenant,
  by: z.string().default('agent').describe('one dimension, as of /api/v1/costs'),
  to: filters.to.describe('end of the window; default now'),
  hours: z.coerce.number().int().min(1).max(168).default(1).describe('length of the window and of each before it'),
  windows: z.coerce.number().int().min(5).max(200).default(24).describe('how many windows before are compared with'),
  minUsd: z.coerce.number().min(0).max(1_000_000).default(0.1).describe('less in this window is no anomaly'),
});

export const groupRoutes = {
  getLatency: {
    method: 'get',
    path: '/api/v1/latency',
    summary: 'Percentiles of duration, time to first chunk and tokens per second, with error rates',
    query: LatencyQuery,
    answer: Latency,
  },
  listModels: {
    method: 'get',
    path: '/api/v1/models',
    summary: 'Models side by side: calls, errors, cost, tokens, percentiles',
    query: listQuery('cost'),
    answer: Models,
  },
  listAgents: {
    method: 'get',
    path: '/api/v1/agents',
    summary: 'Agents: runs, cost, errors, last seen',
    query: listQuery('last'),
    answer: Agents,
  },
  listRuns: {
    method: 'get',
    path: '/api/v1/runs',
    summary: 'Runs of agents, numbered for each agent',
    query: listQuery('last'),
    answer: Runs,
  },
  listSessions: {
    method: 'get',
    path: '/api/v1/sessions',
    summary: 'Sessions and conversations',
    query: listQuery('last'),
    answer: Sessions,
  },
  listUsers: { method: 'get', path: '/api/v1/users', summary: 'Users', query: listQuery('cost'), answer: Users },
  getA2a: {
    method: 'get',
    path: '/api/v1/a2a',
    summary: 'Which agent talks to which, and how it goes (A2A)',
    query: z.object(filters),
    answer: A2a,
  },
  compareModels: {
    method: 'get',
    path: '/api/v1/compare',
    summary: 'Models side by side for one prompt, or the prompts that were tried on several',
    query: CompareQuery,
    answer: Comparison,
  },
  getAnomalies: {
    method: 'get',
    path: '/api/v1/anomalies',
    summary: 'Who spends unusually much, compared with the same length of time before',
    query: AnomaliesQuery,
    answer: Anomalies,
  },
} as const satisfies RouteTable;
