import { limits } from '@tallyspan/facts';
import { endOpenWork } from './open-work.ts';
import { endUnasked } from './unasked.ts';

/** What waits to be sent when the process runs out of work. */
interface Waiting {
  hasWork(): boolean;
  flush(timeoutMs: number): Promise<void>;
}

const all = new Set<Waiting>();
let done = false;

/**
 * A natural exit waits for the last export: once, for all recorders, and for no more than the limit. Signals and `process.exit()`
 * stay the application's: a listener of ours would change what they do.
 */
export function sendBeforeExit(waiting: Waiting): void {
  if (all.size === 0) {
    process.on('beforeExit', () => {
      endUnasked();
      endOpenWork();
      const late = [...all].filter((each) => each.hasWork());
      if (done || late.length === 0) return;
      done = true;
      for (const each of late) void each.flush(limits.exitDelayMsMax);
    });
  }
  all.add(waiting);
}
