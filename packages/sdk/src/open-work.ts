import { limits } from '@tallyspan/facts';
import type { CallRecord } from './call-record.ts';

/**
 * Calls whose answer was a ticket (a run of an assistant, a response in the background): the work goes on at the provider, and the
 * span waits for the call that sees the end of it. Whoever never looks again, or looks from another process, would leave it open
 * for ever, so it ends after a while without what it never learned.
 */
const open = new Map<string, { record: CallRecord; since: number }>();
let timer: NodeJS.Timeout | undefined;

export function keepOpen(id: string, record: CallRecord): void {
  const before = open.get(id);
  open.set(id, { record, since: performance.now() });
  if (before && before.record !== record) before.record.abandon();
  if (open.size > limits.openWorkMax) for (const oldest of open.keys()) return abandon(oldest);
  timer ??= setTimeout(sweep, limits.openWorkMsMax).unref();
}

export function closeWork(id: string, result: unknown): void {
  const known = open.get(id);
  if (!known) return;
  open.delete(id);
  known.record.closed(result);
}

/** At the end of the process nobody will look any more. */
export function endOpenWork(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const id of open.keys()) abandon(id);
}

function abandon(id: string): void {
  const known = open.get(id);
  open.delete(id);
  known?.record.abandon();
}

function sweep(): void {
  timer = undefined;
  const late = performance.now() - limits.openWorkMsMax;
  for (const [id, { since }] of open) if (since <= late) abandon(id);
  if (open.size > 0) timer = setTimeout(sweep, limits.openWorkMsMax).unref();
}
