/**
 * Deleting spans so that they are gone, and can be shown to be:
 *
 *   end the log's segment ─► wait until all before its end is in the store ─► delete and count ─► budgets ─► off the disk ─► off the log
 *
 * What was received before is in the store then, with what its trace said of it, so nothing of it comes in afterwards. What is received
 * later is new, and is not meant.
 */
import { comparePositions, type Log, type LogPosition, logStart, type SpanFilter, type Store } from '@tallyspan/store';
import { limits } from '@tallyspan/facts';
import type { Budgets } from '../budgets/budgets.ts';
import type { Reviews } from '../guard/reviews.ts';
import type { Runner } from './jobs.ts';

export interface DeleteJobOptions {
  store: Pick<Store, 'deleteSpans' | 'purge' | 'groups' | 'settledPosition'>;
  log: Pick<Log, 'roll' | 'trim' | 'holdsUpTo'>;
  drain: { readonly position: LogPosition | undefined; readonly setAsideCount: number };
  budgets: Pick<Budgets, 'refresh'>;
  reviews: Pick<Reviews, 'forget'>;
  /** From now on, what other logs or a damaged store bring back is left out. */
  onDeleted: () => Promise<void>;
}

/** Which spans a deletion is about: all that are given must hold. */
export interface Whom {
  tenant?: string;
  traceId?: string;
  user?: string;
}

/** How often a look is taken at whether the log was read. */
const LOOK_MS = 50;

export function deleteRunner({ store, log, drain, budgets, reviews, onDeleted }: DeleteJobOptions): Runner {
  /** Jobs of this process that are past deleting: up to where the log was read, undefined when it was empty. */
  const deleted = new Map<string, { end: LogPosition | undefined; atMs: number }>();

  return async ({ id, body, save, pause }) => {
    const filter: SpanFilter = whomOf(body.what);
    if (!deleted.has(id)) {
      const end = await log.roll();
      await save({ step: 'waits until all that was received before is stored' });
      while (end !== undefined && comparePositions(drain.position ?? logStart, end) < 0) await pause(LOOK_MS);
      // Counted and written down before, as a crash after deleting would leave nothing to count.
      const { rows } = await store.groups({ by: [], of: 'spans', filter, order: 'spans', limit: 1 });
      const found = Math.max(rows[0]?.spans ?? 0, Number(body.found['spans'] ?? 0));
      await save({ step: 'deletes', found: { ...body.found, spans: found } });
      const { traces, left } = await store.deleteSpans(filter);
      const { traces: earlier = 0 } = body.found as { traces?: number };
      deleted.set(id, { end, atMs: Date.now() });
      await budgets.refresh(true);
      await reviews.forget(whomOf(body.what));
      await save({
        step: 'makes the disk forget',
        found: {
          ...{ spans: found, deleted: found - left, traces: Math.max(traces, earlier), left },
          ...{ countedAt: new Date().toISOString(), setAside: drain.setAsideCount, logHolds: true, diskHolds: true },
        },
      });
      await onDeleted();
      // Others that wait have their turn, so that the disk is made to forget them all at once.
      return 1;
    }
    const { end, atMs } = deleted.get(id)!;
    const { gone, detail } = await store.purge(atMs);
    const settled = store.settledPosition();
    if (settled !== undefined) await log.trim(settled);
    const logHolds = end !== undefined && log.holdsUpTo(end);
    await save({ found: { ...body.found, diskHolds: !gone, disk: detail, logHolds } });
    if (!gone || logHolds) return limits.jobRetryMs;
    deleted.delete(id);
    return undefined;
  };
}

export function whomOf(what: Record<string, string | boolean>): Whom {
  const whom: Record<string, string> = {};
  for (const name of ['tenant', 'traceId', 'user']) {
    const value = what[name];
    if (typeof value === 'string') whom[name] = value;
  }
  // Nothing at all would be everything.
  if (Object.keys(whom).length === 0) throw new Error('a deletion without a tenant, a trace or a user');
  return whom;
}
