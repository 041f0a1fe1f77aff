/** Alerts: what somebody is told of, and where. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { time } from './shapes.ts';

const name = z.string().min(1).max(200);
const scope = z
  .strictObject({
    tenant: name.optional(),
    agent: name.optional(),
    role: name.optional(),
    provider: name.optional(),
    model: name.optional(),
    user: name.optional(),
  })
  .default({})
  .describe('whose calls; what is absent is any');
const by = z
  .enum(['tenant', 'agent', 'role', 'provider', 'model', 'user'])
  .optional()
  .describe('one alert for each of them; default: all together');
const windowMinutes = z.int().min(1).max(1_440);

export const AlertRule = z.discriminatedUnion('on', [
  z.strictObject({
    on: z.literal('budget'),
    budget: z.string().max(100).optional().describe('its id; default: all'),
    threshold: z.number().min(0).default(0).describe('only thresholds of the budget from this percent on'),
  }),
  z.strictObject({
    on: z.literal('error_rate'),
    scope,
    by,
    windowMinutes: windowMinutes.default(15),
    above: z.number().min(0).max(100).describe('percent of model calls that failed'),
    callsMin: z.int().min(1).default(10).describe('fewer calls say nothing'),
  }),
  z.strictObject({
    on: z.literal('latency'),
    scope,
    by,
    windowMinutes: windowMinutes.default(15),
    above: z.number().min(0).describe('milliseconds that 95 of 100 calls stay under'),
    callsMin: z.int().min(1).default(10),
  }),
  z.strictObject({
    on: z.literal('guard_blocks'),
    scope,
    by,
    windowMinutes: windowMinutes.default(15),
    above: z.int().min(0).describe('calls that the guard blocked'),
  }),
  z.strictObject({
    on: z.literal('spend_anomaly'),
    scope,
    by,
    above: z.number().min(2).max(100).default(6).describe('how many times the usual spread above the usual hour'),
    usdMin: z.number().min(0).default(0.01).describe('an hour that costs less is never told of'),
  }),
  z.strictObject({
    on: z.literal('silence'),
    scope,
    minutes: z.int().min(1).max(10_080).describe('without any model call, after there were some'),
  }),
]);
export type AlertRule = z.infer<typeof AlertRule>;

export const AlertChannel = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    url: z.string().max(2_000),
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/)
      .optional()
      .describe('what messages are signed with, as Standard Webhooks has it; one is made when it is left out'),
  }),
  z.strictObject({ type: z.literal('slack'), url: z.string().max(2_000) }),
  z.strictObject({ type: z.literal('email'), to: z.array(z.email().max(320)).min(1).max(20) }),
]);
export type AlertChannel = z.infer<typeof AlertChannel>;

export const AlertInput = z.strictObject({
  name,
  enabled: z.boolean().default(true),
  rule: AlertRule,
  channels: z.array(AlertChannel).max(10).default([]),
  version: z.int().min(1).optional().describe('the version that this replaces; another one there answers 409'),
});
export type AlertInput = z.infer<typeof AlertInput>;

export const Alert = z.object({
  id: z.string(),
  version: z.int(),
  changedAt: time,
  name: z.string(),
  enabled: z.boolean(),
  tenant: z.string().nullable().describe('whose it is; null is about all'),
  rule: AlertRule,
  channels: z
    .array(AlertChannel)
    .describe('secrets are shown once, in the answer to the request that made the alert or the channel'),
  firing: z.array(z.object({ key: z.string(), since: time, text: z.string() })),
});
export type Alert = z.infer<typeof Alert>;
export const AlertList = z.object({ alerts: z.array(Alert) });
export type AlertList = z.infer<typeof AlertList>;

export const AlertEvent = z.object({
  id: z.string(),
  at: time,
  alert: z.object({ id: z.string(), name: z.string() }).nullable().describe('null of a budget that no alert is about'),
  state: z.enum(['firing', 'resolved', 'test']),
  on: z.string(),
  tenant: z.string().nullable(),
  key: z.string().describe('what of it: the agent, the model, the threshold'),
  text: z.string(),
});
export type AlertEvent = z.infer<typeof AlertEvent>;
export const AlertHistory = z.object({
  events: z.array(AlertEvent).describe('newest first'),
  waiting: z.int().describe('messages that are not delivered yet'),
});
export type AlertHistory = z.infer<typeof AlertHistory>;

const base = '/api/v1/alerts';
const params = z.object({ id: z.string().max(100) });

export const alertRoutes = {
  listAlertHistory: {
    method: 'get',
    path: `${base}/history`,
    summary: 'What alerts told of',
    query: z.object({ limit: z.coerce.number().pipe(z.int().min(1).max(1_000)).default(100) }),
    answer: AlertHistory,
  },
  listAlerts: { method: 'get', path: base, summary: 'All alerts and what fires', answer: AlertList },
  createAlert: {
    method: 'post',
    path: base,
    summary: 'A new alert',
    scope: 'admin',
    body: AlertInput,
    answer: Alert,
    status: 201,
  },
  getAlert: { method: 'get', path: `${base}/{id}`, summary: 'One alert', params, answer: Alert },
  putAlert: {
    method: 'put',
    path: `${base}/{id}`,
    summary: 'Change an alert',
    scope: 'admin',
    params,
    body: AlertInput,
    answer: Alert,
  },
  deleteAlert: {
    method: 'delete',
    path: `${base}/{id}`,
    summary: 'Delete an alert',
    scope: 'admin',
    params,
    status: 204,
  },
  testAlert: {
    method: 'post',
    path: `${base}/{id}/test`,
    summary: 'Send a message to every channel of an alert',
    scope: 'admin',
    params,
    status: 202,
    answer: z.object({ id: z.string() }),
  },
} as const satisfies RouteTable;
