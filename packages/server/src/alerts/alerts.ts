/**
 * Who is told of what. Budgets say by themselves when a threshold is reached; the other rules are looked at every half minute.
 *
 *   budgets ── threshold ──┐
 *   timer ── evaluate ─────┴─► firing / resolved ─► outbox (disk) ─► webhook, Slack, mail
 *
 * What fires is told of once, as one message for all groups of an alert, and again when it is over: when it was clearly below its mark
 * twice in a row, and five minutes after it fired at the earliest. What fires is kept, so a restart does not tell of it again.
 */
import { createHash } from 'node:crypto';
import { limits, NANOS_PER_MS, usdFromNanos } from '@tallyspan/facts';
import type { Objects, StoredObject } from '@tallyspan/store';
import type { ThresholdEvent } from '../budgets/budgets.ts';
import { units } from '../budgets/amounts.ts';
import { describeError, type Report } from '../report.ts';
import type { AlertDefinition, AlertEvent } from './definition.ts';
import { Delivery, type DeliveryOptions } from './deliver.ts';
import { type AlertStore, evaluate, type Observation, type TimedRule } from './evaluate.ts';
import { Outbox } from './outbox.ts';

export interface AlertsOptions extends Partial<DeliveryOptions> {
  objects: Objects;
  store: AlertStore;
  report: Report;
  /** Default `limits.alertEveryMs`. */
  everyMs?: number;
  /** Unix milliseconds. Default: the clock. */
  now?: () => number;
}

export type StoredAlert = StoredObject<AlertDefinition>;

/** What fires of one alert, by group. */
interface Firing {
  firing: Record<string, { sinceMs: number; text: string }>;
}

const ALERTS = 'alerts';
const STATES = 'alert-states';
const HISTORY = 'alert-history';

export class Alerts {
  readonly allowPrivate: boolean;
  readonly #options: AlertsOptions;
  readonly #now: () => number;
  readonly #delivery: Delivery;
  readonly #outbox: Outbox;
  /** Looks at which a group that fires was clearly below its mark, one after the other. */
  readonly #calm = new Map<string, number>();
  readonly #failing = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  /** One thing after the other: two looks at once would tell twice. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: AlertsOptions) {
    const { objects, report, allowPrivate = false } = options;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.allowPrivate = allowPrivate;
    this.#delivery = new Delivery({ ...options, allowPrivate });
    this.#outbox = new Outbox({ objects, report, delivery: this.#delivery, now: this.#now });
  }

  start(): void {
    this.#outbox.start();
    const { everyMs = limits.alertEveryMs } = this.#options;
    let looking = false;
    this.#timer = setInterval(() => {
      // A look that takes longer than the pause is not followed by a queue of them.
      if (looking) return;
      looking = true;
      void this.look().finally(() => (looking = false));
    }, everyMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#line;
    await this.#outbox.close();
    this.#delivery.close();
  }

  get waiting(): number {
    return this.#outbox.waiting;
  }

  /** Looks at all rules once. */
  look(): Promise<void> {
    return this.#inLine(async () => {
      for (const alert of await this.list()) {
        const { enabled, rule, tenant } = alert.body;
        if (!enabled || rule.on === 'budget') continue;
        try {
          const found = await evaluate(rule as TimedRule, tenant, this.#options.store, this.#now());
          await this.#compare(alert, found);
          this.#failing.delete(alert.id);
        } catch (error) {
          if (!this.#failing.has(alert.id))
            this.#options.report(`The alert ${alert.id} could not be looked at: ${describeError(error)}`);
          this.#failing.add(alert.id);
        }
      }
    });
  }

  /** A budget has reached a threshold. Told of once for each window and threshold. */
  budgetReached({ account, threshold }: ThresholdEvent): void {
    const { budgetId, definition, span, run, spent } = account;
    const amount = (unit: (typeof units)[number], value: bigint) =>
      unit === 'usd' ? `$${usdFromNanos(value)}` : `${value} ${unit}`;
    const of = units.flatMap((unit) => {
      const limit = account.limits[unit];
      return limit === undefined ? [] : [`${amount(unit, spent[unit])} of ${amount(unit, limit)}`];
    });
    const where = run ? `run ${run.id}` : new Date(Number(span!.from / NANOS_PER_MS)).toISOString();
    const event = {
      id: idOf('evt', budgetId, run ? JSON.stringify(run) : where, String(threshold)),
      atMs: this.#now(),
      state: 'firing' as const,
      on: 'budget' as const,
      tenant: definition.scope.tenant,
      key: `${definition.name} ${threshold} %`,
      text: `budget ${definition.name} (${definition.window}, ${where}) has reached ${threshold} %: ${of.join(', ')}`,
    };
    void this.#inLine(async () => {
      if (await this.#options.objects.get(HISTORY, event.id)) return;
      const about = (await this.list()).filter(
        ({ body: { enabled, tenant, rule } }) =>
          enabled &&
          rule.on === 'budget' &&
          (tenant === undefined || tenant === event.tenant) &&
          (rule.budget === undefined || rule.budget === budgetId) &&
          threshold >= rule.threshold,
      );
      for (const alert of about) await this.#send(alert, [{ ...event, alert: named(alert) }]);
      const [first] = about;
      await this.#remember([{ ...event, alert: first && named(first) }]);
    }).catch((error: unknown) => this.#options.report(`A budget's alert could not be told: ${describeError(error)}`));
  }

  /** Sends a message to every channel, as if it fired. Answers its id. */
  async test(alert: StoredAlert): Promise<string> {
    const id = idOf('evt', alert.id, 'test', String(this.#now()));
    const { tenant, rule } = alert.body;
    const event: AlertEvent = {
      ...{ id, atMs: this.#now(), alert: named(alert), state: 'test', on: rule.on, tenant, key: '' },
      text: 'this is a test, nothing happened',
    };
    await this.#inLine(async () => {
      await this.#send(alert, [event]);
      await this.#remember([event]);
    });
    return id;
  }

  async list(tenant?: string): Promise<StoredAlert[]> {
    const all = await this.#options.objects.list<AlertDefinition>(ALERTS);
    return tenant === undefined ? all : all.filter(({ body }) => body.tenant === tenant);
  }

  put(id: string, definition: AlertDefinition, expected?: number): Promise<StoredAlert> {
    return this.#options.objects.put(ALERTS, id, definition, expected);
  }

  async delete(id: string): Promise<void> {
    await this.#options.objects.delete(ALERTS, id);
    await this.#options.objects.delete(STATES, id);
  }

  async firing(id: string): Promise<Firing['firing']> {
    return (await this.#options.objects.get<Firing>(STATES, id))?.body.firing ?? {};
  }

  /** Newest first; of one tenant only when that is given. */
  async history(limit: number, tenant?: string): Promise<AlertEvent[]> {
    const all = (await this.#options.objects.list<AlertEvent>(HISTORY)).map(({ body }) => body);
    const own = tenant === undefined ? all : all.filter((event) => event.tenant === tenant);
    return own.sort((left, right) => right.atMs - left.atMs).slice(0, limit);
  }

  async #compare(alert: StoredAlert, found: readonly Observation[]): Promise<void> {
    const { objects } = this.#options;
    const before = await objects.get<Firing>(STATES, alert.id);
    const firing = { ...before?.body.firing };
    const seen = new Map(found.map((each) => [each.key, each]));
    const changed: { key: string; state: 'firing' | 'resolved'; text: string }[] = [];
    for (const { key, fires, text } of found) {
      if (!fires || key in firing) continue;
      firing[key] = { sinceMs: this.#now(), text };
      changed.push({ key, state: 'firing', text });
    }
    for (const [key, { sinceMs, text }] of Object.entries(before?.body.firing ?? {})) {
      const now = seen.get(key);
      if (!this.#isOver(`${alert.id}\n${key}`, now === undefined || now.clears, sinceMs)) continue;
      delete firing[key];
      changed.push({ key, state: 'resolved', text: now?.text || text });
    }
    if (changed.length === 0) return;
    const version = (before?.version ?? 0) + 1;
    const events = changed.map(({ key, state, text }): AlertEvent => ({
      ...{ id: idOf('evt', alert.id, key, String(version)), atMs: this.#now(), alert: named(alert), state, key, text },
      ...{ on: alert.body.rule.on, tenant: alert.body.tenant },
    }));
    // First the message, then the note that it was told: whoever dies in between tells again, under the same id.
    await this.#send(alert, summed(events));
    await this.#remember(events);
    await objects.put<Firing>(STATES, alert.id, { firing }, before?.version ?? 0);
  }

  #isOver(key: string, calm: boolean, sinceMs: number): boolean {
    const looks = calm ? (this.#calm.get(key) ?? 0) + 1 : 0;
    this.#calm.set(key, looks);
    if (looks < 2 || this.#now() - sinceMs < limits.alertHoldMs) return false;
    this.#calm.delete(key);
    return true;
  }

  async #send(alert: StoredAlert, events: AlertEvent[]): Promise<void> {
    const id = idOf('msg', alert.id, ...events.map((event) => event.id));
    await this.#outbox.post({ id, events }, alert.body.channels);
  }

  async #remember(events: readonly AlertEvent[]): Promise<void> {
    const { objects } = this.#options;
    for (const event of events.slice(0, limits.alertGroupsMax)) await objects.put(HISTORY, event.id, event);
    const all = await objects.list<AlertEvent>(HISTORY);
    const over = all.length - limits.alertHistoryMax;
    if (over <= 0) return;
    for (const { id } of all.sort((left, right) => left.body.atMs - right.body.atMs).slice(0, over))
      await objects.delete(HISTORY, id);
  }

  #inLine<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => {});
    return done;
  }
}

/** A message says at most so many things one by one. */
function summed(events: AlertEvent[]): AlertEvent[] {
  const [last, more] = [events[limits.alertGroupsMax - 1], events.length - limits.alertGroupsMax + 1];
  if (!last || more <= 1) return events;
  return [
    ...events.slice(0, limits.alertGroupsMax - 1),
    { ...last, text: `${last.text}; and ${more - 1} more like it` },
  ];
}

function named({ id, body }: StoredAlert): { id: string; name: string } {
  return { id, name: body.name };
}

/** The same for the same happening, on every server. */
function idOf(kind: 'evt' | 'msg', ...parts: string[]): string {
  return `${kind}_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`;
}
