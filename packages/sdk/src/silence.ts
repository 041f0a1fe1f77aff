import type { Watched } from './kernel.ts';

/** Stops the spans a library makes by itself for this client, where it does, while `silenced` holds. Answers how to give them back. */
export function silence(watched: Watched, silenced = (): boolean => !watched.off): (() => void) | undefined {
  try {
    return watched.adapter.silence?.(watched.client, silenced);
  } catch {
    // Then there are two spans, and the server counts one.
    return undefined;
  }
}
