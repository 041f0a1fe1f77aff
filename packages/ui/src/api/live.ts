import { useEffect, useRef, useSyncExternalStore } from 'react';
import { Tail, type TailListener, type TailState } from './tail.ts';

/** Somebody who only looks into another tab for a moment need not wait for a new connection. */
const HIDDEN_MS = 10_000;

export const tail = new Tail(() => new EventSource('/api/v1/tail'));

/** Keeps the tail open while the page is looked at. Returns the way to end it. */
export function followVisibility(): () => void {
  let hiding: ReturnType<typeof setTimeout> | undefined;
  const follow = () => {
    clearTimeout(hiding);
    if (document.visibilityState === 'visible') tail.start();
    else hiding = setTimeout(() => tail.stop(), HIDDEN_MS);
  };
  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    clearTimeout(hiding);
    document.removeEventListener('visibilitychange', follow);
    tail.stop();
  };
}

export function useTailState(): TailState {
  return useSyncExternalStore(tail.onState, () => tail.state);
}

/** Calls the latest listener whenever spans arrived. */
export function useTail(listener: TailListener): void {
  const current = useRef(listener);
  useEffect(() => {
    current.current = listener;
  });
  useEffect(() => tail.onSpans((traceIds) => current.current(traceIds)), []);
}
