import { useSyncExternalStore } from 'react';

const TICK_MS = 5_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

/** One clock for all relative times of the page, so that they turn together. Ticks every five seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** Brings the clock up to date when new data arrives, so that nothing is from the future. */
export function refreshNow(): void {
  tick();
}
