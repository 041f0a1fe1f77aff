import { useEffect, useRef } from 'react';
import { refreshNow } from '../widgets/use-now.ts';
import { useTail } from './live.ts';

/** A sum over everything is dearer than a list; it follows the tail at this pace. */
const REFETCH_MS = 4_000;

/** Asks again while spans come in. */
export function useFollowTail(query: { refetch(): unknown }): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useTail(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      refreshNow();
      void query.refetch();
    }, REFETCH_MS);
  });
}
