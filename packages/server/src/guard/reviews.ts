/**
 * What people said of the guard's verdicts: that one was right, or a false positive. Of the span only what it can be found and counted by is
 * kept beside that, never anything that was said in it: a review outlives its span, and is read by more people.
 */
import { limits, NANOS_PER_MS, TallyError } from '@tallyspan/facts';
import { type Objects, type StoredSpan, tenantOf } from '@tallyspan/store';

export type ReviewVerdict = 'right' | 'false_positive';

export interface Review {
  traceId: string;
  spanId: string;
  /** The tenant that the store knows it by. */
  tenant: string;
  /** As the span says it; not there when it says none. */
  tenantGiven?: string;
  agent?: string;
  /** Kept so that deleting a user deletes this too, and shown nowhere. */
  user?: string;
  /** Unix milliseconds of the span's start. */
  startMs: number;
  outcome: string;
  scanners: string[];
  verdict: ReviewVerdict;
  who: string;
  /** Unix milliseconds. */
  atMs: number;
}

/** What reviews are asked for; all that is given must hold. */
export interface ReviewFilter {
  tenant?: string | undefined;
  agent?: string | undefined;
  from?: bigint | undefined;
  to?: bigint | undefined;
}

const REVIEWS = 'guard-reviews';
const SCANNERS_MAX = 50;

export class Reviews {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** The newest span first. */
  async list({ tenant, agent, from, to }: ReviewFilter = {}): Promise<Review[]> {
    const all = await this.#objects.list<Review>(REVIEWS);
    return all
      .map(({ body }) => body)
      .filter((review) => {
        const start = BigInt(review.startMs) * NANOS_PER_MS;
        return (
          (tenant === undefined || review.tenant === tenant) &&
          (agent === undefined || review.agent === agent) &&
          (from === undefined || start >= from) &&
          (to === undefined || start < to)
        );
      })
      .sort((one, other) => other.startMs - one.startMs);
  }

  /** Of these spans, by {@link reviewKey}. */
  async of(spans: readonly StoredSpan[]): Promise<Map<string, Review>> {
    const wanted = new Set(spans.map(reviewKey));
    const all = await this.#objects.list<Review>(REVIEWS);
    return new Map(all.flatMap(({ id, body }) => (wanted.has(id) ? [[id, body] as const] : [])));
  }

  /** Throws BAD_QUERY when there are too many. */
  async put(span: StoredSpan, verdict: ReviewVerdict, who: string): Promise<Review> {
    const id = reviewKey(span);
    const all = await this.#objects.list<Review>(REVIEWS);
    if (all.length >= limits.guardReviewsMax && !all.some((each) => each.id === id))
      throw new TallyError('BAD_QUERY', {
        field: 'the body',
        reason: `there are ${limits.guardReviewsMax} reviews already; export them, and take back the oldest`,
      });
    const { traceId, spanId, start, facts } = span;
    const review: Review = {
      ...{ traceId, spanId, tenant: tenantOf(span), startMs: Number(start / NANOS_PER_MS) },
      ...(facts.tenant !== undefined && { tenantGiven: facts.tenant }),
      ...(facts.agent !== undefined && { agent: facts.agent }),
      ...(facts.userId !== undefined && { user: facts.userId }),
      ...{ outcome: facts.guardOutcome ?? '', scanners: scannersOf(span), verdict, who, atMs: Date.now() },
    };
    await this.#objects.put(REVIEWS, id, review);
    return review;
  }

  delete(span: StoredSpan): Promise<boolean> {
    return this.#objects.delete(REVIEWS, reviewKey(span));
  }

  /** Those of spans that are deleted for good go with them. */
  async forget(whom: { tenant?: string; traceId?: string; user?: string }): Promise<void> {
    for (const { id, body } of await this.#objects.list<Review>(REVIEWS)) {
      const { tenant = body.tenant, traceId = body.traceId, user = body.user } = whom;
      if (body.tenant === tenant && body.traceId === traceId && body.user === user)
        await this.#objects.delete(REVIEWS, id);
    }
  }
}

/** A span is known by its tenant, its trace and its own id. */
export function reviewKey(span: StoredSpan): string {
  return `${span.traceId}.${span.spanId}.${tenantOf(span)}`;
}

/** Names of the scanners that found something. Not what they found. */
export function scannersOf({ facts }: Pick<StoredSpan, 'facts'>): string[] {
  const names = [facts.guardScanners, facts.guardOutputScanners].flatMap((json) => {
    try {
      const value: unknown = JSON.parse(json ?? '');
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    } catch {
      return [];
    }
  });
  return [...new Set(names)].slice(0, SCANNERS_MAX).map((name) => name.slice(0, limits.keyNameCharsMax));
}
