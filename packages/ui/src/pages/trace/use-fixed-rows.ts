import { useCallback, useLayoutEffect, useState, type RefObject } from 'react';

/** Rows beyond those in sight, so that a fast hand does not see an empty stretch. */
const OVERSCAN = 10;

export interface FixedRows {
  /** The rows to draw: from the first up to, not with, the last. */
  first: number;
  last: number;
  /** Brings a row into sight, if it is not. */
  show(index: number): void;
}

/**
 * Which rows of a scroller are in sight when all are equally tall. Nothing is kept or measured for each row, so a hundred thousand
 * cost as much as ten. `top` is how much of the scroller a sticky head covers.
 */
export function useFixedRows(
  scroller: RefObject<HTMLElement | null>,
  { count, height, top }: { count: number; height: number; top: number },
): FixedRows {
  const [seen, setSeen] = useState({ first: 0, last: 40 });
  useLayoutEffect(() => {
    const target = scroller.current;
    if (!target) return;
    const look = () => {
      const first = Math.max(0, Math.floor(target.scrollTop / height) - OVERSCAN);
      const last = Math.ceil((target.scrollTop + target.clientHeight) / height) + OVERSCAN;
      setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    target.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(target);
    return () => {
      target.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [scroller, height, count]);

  const show = useCallback(
    (index: number) => {
      const target = scroller.current;
      if (!target) return;
      const from = index * height;
      const room = target.clientHeight - top;
      if (from < target.scrollTop) target.scrollTop = from;
      else if (from + height > target.scrollTop + room) target.scrollTop = from + height - room;
    },
    [scroller, height, top],
  );
  const last = Math.min(count, seen.last);
  return { first: Math.min(seen.first, Math.max(0, last - 1)), last, show };
}
