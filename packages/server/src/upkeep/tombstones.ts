/**
 * What was deleted and may come back: from the log of another server on the same store, which was away, or from this one's when the
 * store has lost what it knew. The drain leaves out spans that were received before their deletion was asked for.
 */
import { limits } from '@tallyspan/facts';
import { type StoredSpan, tenantOf } from '@tallyspan/store';
import { type Whom, whomOf } from './delete-job.ts';
import type { Job } from './jobs.ts';

interface Tombstone {
  whom: Whom;
  askedMs: number;
}

export class Tombstones {
  #all: readonly Tombstone[] = [];

  /**
   * Of this server's own jobs those that are past deleting and not done: before that, what comes in is deleted with the rest, and after
   * it the log holds nothing of it any more.
   */
  load(jobs: readonly Job[], server: string): void {
    const since = Date.now() - limits.tombstoneMsMax;
    this.#all = jobs
      .filter(({ body }) => body.kind === 'delete' && body.askedMs > since)
      .filter(({ body }) => body.server !== server || (body.state !== 'done' && body.found['left'] !== undefined))
      .map(({ body }) => ({ whom: whomOf(body.what), askedMs: body.askedMs }));
  }

  covers(span: StoredSpan, receivedMs: number): boolean {
    return this.#all.some(({ whom, askedMs }) => receivedMs <= askedMs && isMeant(whom, span));
  }
}

function isMeant({ tenant, traceId, user }: Whom, span: StoredSpan): boolean {
  return (
    (tenant === undefined || tenant === tenantOf(span)) &&
    (traceId === undefined || traceId === span.traceId) &&
    (user === undefined || user === span.facts.userId)
  );
}
