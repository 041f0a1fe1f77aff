/**
 * How long spans are kept, by tenant: for so many whole days, or up to so many bytes of text, whichever ends first. Whole days go, the
 * oldest first, and the newest stays. `*` is for tenants without a rule of their own. Without any rule everything is kept.
 */
import { limits, NANOS_PER_MS } from '@tallyspan/facts';
import {
  byTenant,
  type DayOfSpans,
  nanosPerDay,
  type Objects,
  type Store,
  type StoredSpan,
  tenantOf,
} from '@tallyspan/store';
import type { Budgets } from '../budgets/budgets.ts';
import { describeError, type Report } from '../report.ts';

export interface RetentionRule {
  /** Whole days before today. */
  days?: number;
  /** Of text, before the store compresses it. */
  bytes?: number;
}

export interface RetentionOptions {
  objects: Objects;
  store: Pick<Store, 'days' | 'deleteSpans'>;
  budgets: Pick<Budgets, 'refresh'>;
  report: Report;
  /** Unix milliseconds. Default: the clock. */
  now?: () => number;
}

const RETENTION = 'retention';
export const EVERYBODY = '*';

export class Retention {
  readonly #options: RetentionOptions;
  readonly #now: () => number;
  #rules: ReadonlyMap<string, RetentionRule> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async start(): Promise<void> {
    await this.load();
    this.#timer = setInterval(() => void this.sweep(), limits.retentionEveryMs);
    this.#timer.unref();
    void this.sweep();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  /** Also sees what other servers changed. */
  async load(): Promise<void> {
    const stored = await this.#options.objects.list<RetentionRule>(RETENTION);
    this.#rules = new Map(stored.map(({ id, body }) => [id, body]));
  }

  list(): { tenant: string; rule: RetentionRule }[] {
    return [...this.#rules].map(([tenant, rule]) => ({ tenant, rule }));
  }

  async put(tenant: string, rule: RetentionRule): Promise<void> {
    await this.#options.objects.put(RETENTION, tenant, rule);
    await this.load();
    void this.sweep();
  }

  async delete(tenant: string): Promise<boolean> {
    const was = await this.#options.objects.delete(RETENTION, tenant);
    await this.load();
    return was;
  }

  /** Spans of this tenant that start before it are not kept; undefined when all are. Of nobody in particular: what no tenant would keep. */
  notBefore(tenant: string | undefined): bigint | undefined {
    if (tenant !== undefined) return this.#notBefore(this.#ruleOf(tenant));
    if (!this.#rules.has(EVERYBODY)) return undefined;
    const all = [...this.#rules.values()].map((rule) => this.#notBefore(rule));
    return all.some((each) => each === undefined)
      ? undefined
      : (all as bigint[]).reduce((least, each) => (each < least ? each : least));
  }

  isPast(span: StoredSpan): boolean {
    if (this.#rules.size === 0) return false;
    const first = this.#notBefore(this.#ruleOf(tenantOf(span)));
    return first !== undefined && span.start < first;
  }

  /** Deletes what is past its retention. Resolves when it is done; what fails is told and tried again later. */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.then(() =>
      this.#sweep().catch((error: unknown) => {
        this.#options.report(`Old spans could not be deleted; it is tried again: ${describeError(error)}`);
      }),
    );
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    if (this.#rules.size === 0) return;
    const { store, budgets } = this.#options;
    let deleted = 0;
    const bySize = [...this.#rules.values()].some(({ bytes }) => bytes !== undefined);
    for (const [tenant, days] of byTenant(await store.days(bySize))) {
      const rule = this.#ruleOf(tenant);
      const to = rule && later(this.#notBefore(rule), firstThatFits(days, rule.bytes));
      if (to !== undefined && days[0]!.day < to) deleted += (await store.deleteSpans({ tenant, to })).spans;
    }
    if (deleted > 0) await budgets.refresh(true);
  }

  #ruleOf(tenant: string): RetentionRule | undefined {
    return this.#rules.get(tenant) ?? this.#rules.get(EVERYBODY);
  }

  #notBefore(rule: RetentionRule | undefined): bigint | undefined {
    if (rule?.days === undefined) return undefined;
    const today = (BigInt(Math.floor(this.#now())) * NANOS_PER_MS) / nanosPerDay;
    return (today - BigInt(rule.days)) * nanosPerDay;
  }
}

/** The first day from which on everything fits; the newest always does. `days` has the oldest first. */
function firstThatFits(days: readonly DayOfSpans[], bytesMax: number | undefined): bigint | undefined {
  if (bytesMax === undefined) return undefined;
  let left = BigInt(bytesMax);
  let first = days.at(-1)!.day;
  for (const { day, bytes } of days.toReversed()) {
    left -= bytes;
    if (left < 0n) break;
    first = day;
  }
  return first;
}

function later(left: bigint | undefined, right: bigint | undefined): bigint | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left > right ? left : right;
}
