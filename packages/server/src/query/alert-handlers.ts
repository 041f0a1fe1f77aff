import { randomBytes, randomUUID } from 'node:crypto';
import { limits, NANOS_PER_MS, TallyError } from '@tallyspan/facts';
import { checkUrl } from '../alerts/safe-post.ts';
import type { Alerts, StoredAlert } from '../alerts/alerts.ts';
import type { AlertDefinition } from '../alerts/definition.ts';
import { type Alert, type AlertChannel, type AlertInput, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import type { Handlers } from './handlers.ts';
import { isoFromNanos } from './time.ts';

type Names = 'listAlerts' | 'getAlert' | 'createAlert' | 'putAlert' | 'deleteAlert' | 'testAlert' | 'listAlertHistory';

export function alertHandlers(alerts: Alerts): Handlers<Names> {
  const missing = (id: string) => new TallyError('NOT_FOUND', { thing: 'alert', id, list: routes.listAlerts.path });
  /** Another tenant's alert is none. */
  const own = async (id: string, { tenant }: Access): Promise<StoredAlert> => {
    const found = (await alerts.list(tenant)).find((alert) => alert.id === id);
    if (!found) throw missing(id);
    return found;
  };
  /** `before` are the channels whose secrets were shown already. */
  const present = async (alert: StoredAlert, before: readonly AlertChannel[] = alert.body.channels): Promise<Alert> => {
    const firing = await alerts.firing(alert.id);
    const { name, enabled, tenant = null, rule, channels } = alert.body;
    return {
      ...{ id: alert.id, version: alert.version, changedAt: isoFromMs(alert.changedAt), name, enabled, tenant, rule },
      channels: channels.map((channel) => (isKnown(channel, before) ? withoutSecret(channel) : channel)),
      firing: Object.entries(firing).map(([key, { sinceMs, text }]) => ({ key, since: isoFromMs(sinceMs), text })),
    };
  };
  const checkRoom = async () => {
    if ((await alerts.list()).length >= limits.alertsMax)
      throw new TallyError('BAD_QUERY', { field: 'the body', reason: `there are ${limits.alertsMax} alerts already` });
  };

  return {
    async listAlerts({ access }) {
      const all = await alerts.list(access.tenant);
      return { alerts: await Promise.all(all.map((alert) => present(alert))) };
    },
    getAlert: async ({ params, access }) => present(await own(params.id, access)),

    async createAlert({ body, access }) {
      await checkRoom();
      const id = `a_${randomUUID().slice(0, 13)}`;
      return present(await alerts.put(id, definitionOf(body, access, [], alerts.allowPrivate), 0), []);
    },
    async putAlert({ params: { id }, body, access }) {
      if (!/^[\w-]{1,100}$/.test(id) || id === 'history')
        throw new TallyError('BAD_QUERY', { field: 'id', reason: 'use letters, digits, - and _' });
      const there = (await alerts.list()).some((alert) => alert.id === id);
      const before = there ? (await own(id, access)).body.channels : [];
      if (!there && body.version !== undefined) throw missing(id);
      if (!there) await checkRoom();
      const definition = definitionOf(body, access, before, alerts.allowPrivate);
      return present(await alerts.put(id, definition, there ? body.version : 0), before);
    },
    async deleteAlert({ params, access }) {
      await alerts.delete((await own(params.id, access)).id);
    },
    testAlert: async ({ params, access }) => ({ id: await alerts.test(await own(params.id, access)) }),

    async listAlertHistory({ query, access }) {
      const events = await alerts.history(query.limit, access.tenant);
      return {
        events: events.map(({ id, atMs, alert, state, on, tenant, key, text }) => ({
          ...{ id, at: isoFromMs(atMs), alert: alert ?? null, state, on, tenant: tenant ?? null, key, text },
        })),
        waiting: alerts.waiting,
      };
    },
  };
}

/** A key of one tenant makes alerts about that tenant. Throws WEBHOOK_REFUSED for an address that would never be dialled. */
function definitionOf(
  { version: _, channels, ...given }: AlertInput,
  { tenant }: Access,
  before: readonly AlertChannel[],
  allowPrivate: boolean,
): AlertDefinition {
  const asked = given.rule.on === 'budget' ? undefined : given.rule.scope.tenant;
  if (tenant !== undefined && asked !== undefined && asked !== tenant)
    throw new TallyError('BAD_QUERY', { field: 'rule.scope.tenant', reason: 'this key is for another tenant' });
  for (const channel of channels) if (channel.type !== 'email') checkUrl(channel.url, allowPrivate);
  const whose = tenant ?? asked;
  return {
    ...given,
    ...(whose !== undefined && { tenant: whose }),
    channels: channels.map((channel) => withSecret(channel, before)),
  };
}

/** A webhook keeps the secret that it has, or gets one. */
function withSecret(channel: AlertChannel, before: readonly AlertChannel[]): AlertChannel {
  if (channel.type !== 'webhook' || channel.secret !== undefined) return channel;
  const known = before.find((other) => other.type === 'webhook' && other.url === channel.url);
  const secret = known?.type === 'webhook' ? known.secret : undefined;
  return { ...channel, secret: secret ?? `whsec_${randomBytes(24).toString('base64')}` };
}

function isKnown(channel: AlertChannel, before: readonly AlertChannel[]): boolean {
  return before.some((other) => JSON.stringify(other) === JSON.stringify(channel));
}

function withoutSecret(channel: AlertChannel): AlertChannel {
  return channel.type === 'webhook' ? { type: channel.type, url: channel.url } : channel;
}

function isoFromMs(ms: number): string {
  return isoFromNanos(BigInt(Math.round(ms)) * NANOS_PER_MS);
}
