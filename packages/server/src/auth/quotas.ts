/**
 * How much each tenant may send. Decided before a body is read: a tenant that has used up what it had is refused, and what it has
 * sent is counted when it is known. A body that is being read counts as what its length promises, so that a thousand at once do
 * not all pass at the same moment.
 *
 *   spans/s     a bucket that fills at that rate and holds ten seconds of it; may go below zero by one body
 *   bytes/day   a counter that begins anew at midnight UTC
 *
 * Counted by each server for itself, and anew after a restart.
 */
import { limits, TallyError } from '@tallyspan/facts';
import type { Objects } from '@tallyspan/store';

const QUOTAS = 'quotas';
const DAY_MS = 86_400_000;

export interface QuotaRecord {
  spansPerSecond?: number;
  bytesPerDay?: number;
}

/** What one tenant has sent. */
interface Use {
  /** Spans that it may send now; `at` is when that was so. */
  spans: number;
  at: number;
  /** Bytes of the day with this number since 1970. */
  bytes: number;
  day: number;
}

/** What a body was let in with, to be given back when it is dealt with. */
export interface Grant {
  release(): void;
}

/** A refusal of a tenant, with when it may come back. */
export function retryAfter(error: unknown): number | undefined {
  return error instanceof TallyError && error.code === 'QUOTA_EXCEEDED' ? retryTimes.get(error) : undefined;
}
const retryTimes = new WeakMap<TallyError, number>();

/** Throws nothing: makes the error, with the seconds after which the sender may try again. */
export function quotaExceeded(tenant: string, limit: string, seconds: number): TallyError {
  const error = new TallyError('QUOTA_EXCEEDED', { tenant: JSON.stringify(tenant), limit });
  retryTimes.set(error, Math.max(1, Math.ceil(seconds)));
  return error;
}

export class Quotas {
  readonly #objects: Pick<Objects, 'list' | 'get' | 'put' | 'delete'>;
  readonly #now: () => number;
  readonly #uses = new Map<string, Use>();
  readonly #quotas = new Map<string, QuotaRecord>();

  constructor(objects: Pick<Objects, 'list' | 'get' | 'put' | 'delete'>, now: () => number = () => Date.now()) {
    this.#objects = objects;
    this.#now = now;
  }

  /** Throws QUOTA_EXCEEDED. */
  async admit(tenant: string, announcedBytes: number): Promise<Grant> {
    const quota = await this.#quotaOf(tenant);
    if (quota === undefined) return { release: () => {} };
    const use = this.#useOf(tenant, quota);
    const { spansPerSecond, bytesPerDay } = quota;
    if (spansPerSecond !== undefined && use.spans <= 0)
      throw quotaExceeded(tenant, `${spansPerSecond} spans per second`, -use.spans / spansPerSecond + 1);
    if (bytesPerDay !== undefined && use.bytes + announcedBytes > bytesPerDay)
      throw quotaExceeded(tenant, `${bytesPerDay} bytes per day`, ((use.day + 1) * DAY_MS - this.#now()) / 1_000);
    const spans = Math.max(1, Math.ceil(announcedBytes / limits.quotaSpanBytes));
    use.spans -= spans;
    use.bytes += announcedBytes;
    return {
      release: () => {
        use.spans += spans;
        if (use.day === dayOf(this.#now())) use.bytes = Math.max(0, use.bytes - announcedBytes);
      },
    };
  }

  /** Counts what was taken in. */
  charge(tenant: string, spans: number, bytes: number): void {
    const quota = this.#quotas.get(tenant);
    const use = this.#useOf(tenant, quota ?? {});
    if (quota?.spansPerSecond !== undefined) use.spans -= spans;
    use.bytes += bytes;
  }

  async list(): Promise<{ tenant: string; quota: QuotaRecord; bytesToday: number }[]> {
    const all = await this.#objects.list<QuotaRecord>(QUOTAS);
    return all.map(({ id, body }) => ({ tenant: id, quota: body, bytesToday: this.#bytesToday(id) }));
  }

  async put(tenant: string, quota: QuotaRecord): Promise<{ tenant: string; quota: QuotaRecord; bytesToday: number }> {
    await this.#objects.put(QUOTAS, tenant, quota);
    return { tenant, quota, bytesToday: this.#bytesToday(tenant) };
  }

  delete(tenant: string): Promise<boolean> {
    return this.#objects.delete(QUOTAS, tenant);
  }

  #bytesToday(tenant: string): number {
    const use = this.#uses.get(tenant);
    return use?.day === dayOf(this.#now()) ? use.bytes : 0;
  }

  /** What was last known counts on while it cannot be read. */
  async #quotaOf(tenant: string): Promise<QuotaRecord | undefined> {
    try {
      const quota = (await this.#objects.get<QuotaRecord>(QUOTAS, tenant))?.body;
      if (quota === undefined) this.#quotas.delete(tenant);
      else this.#quotas.set(tenant, quota);
      return quota;
    } catch {
      return this.#quotas.get(tenant);
    }
  }

  #useOf(tenant: string, { spansPerSecond = 0 }: QuotaRecord): Use {
    const now = this.#now();
    const day = dayOf(now);
    const burst = spansPerSecond * limits.quotaBurstSeconds;
    let use = this.#uses.get(tenant);
    if (use === undefined) {
      if (this.#uses.size >= limits.quotaTenantsMax) this.#forgetOldest();
      this.#uses.set(tenant, (use = { spans: burst, at: now, bytes: 0, day }));
    }
    use.spans = Math.min(burst, use.spans + ((now - use.at) / 1_000) * spansPerSecond);
    use.at = now;
    if (use.day !== day) Object.assign(use, { bytes: 0, day });
    return use;
  }

  #forgetOldest(): void {
    let oldest: string | undefined;
    let at = Infinity;
    for (const [tenant, use] of this.#uses) if (use.at < at) [oldest, at] = [tenant, use.at];
    if (oldest !== undefined) this.#uses.delete(oldest);
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
