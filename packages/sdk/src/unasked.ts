import { limits } from '@tallyspan/facts';
import type { CallRecord } from './call-record.ts';

/**
 * Calls whose answer nobody asked for yet. Nearly all leave within a microtask. Whoever never asks (`void client.create(…)`) cannot
 * be told from whoever asks late, so after a while the span ends without an answer. A finalizer would know for certain, but costs
 * thirty microseconds a call in garbage collection.
 */
const unasked = new Map<CallRecord, number>();
let timer: NodeJS.Timeout | undefined;

export function endIfNobodyAsks(record: CallRecord): void {
  unasked.set(record, performance.now());
  timer ??= setTimeout(sweep, limits.unaskedMsMax).unref();
}

/** Somebody asked: from now on the promise tells. */
export function asked(record: CallRecord): void {
  unasked.delete(record);
}

function sweep(): void {
  timer = undefined;
  const late = performance.now() - limits.unaskedMsMax;
  for (const [record, since] of unasked) {
    if (since > late) continue;
    record.finish('abandoned');
    unasked.delete(record);
  }
  if (unasked.size > 0) timer = setTimeout(sweep, limits.unaskedMsMax).unref();
}

/** At the end of the process nobody will ask any more. */
export function endUnasked(): void {
  for (const record of unasked.keys()) record.finish('abandoned');
  unasked.clear();
}
