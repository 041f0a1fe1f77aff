import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import type { TimeWindow } from '../../trace/timeline.ts';
import { isWhole, pan, readZoom, wholeOf, windowBetween, zoomAt, ZOOM_STEP, zoomText } from '../../trace/zoom.ts';

export interface Zoom {
  window: TimeWindow;
  totalMs: number;
  whole: boolean;
  show(window: TimeWindow): void;
  /** In or out by one step, around a moment; around the middle when there is none. */
  step(direction: 1 | -1, atMs?: number): void;
  /** To the side, by a part of what is shown. */
  move(share: number): void;
  reset(): void;
}

/** The address follows when the hand rests: writing it at every notch of the wheel is work that nobody sees. */
const ADDRESS_DELAY_MS = 300;

/** The part of the time that is drawn. It begins with what the address says and is written there. */
export function useZoom(totalMs: number, text: string | undefined, write: (text: string | undefined) => void): Zoom {
  const [chosen, setChosen] = useState(() => readZoom(text, totalMs));
  const written = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // The address was changed by somebody else: back, forward, a link.
  useEffect(() => {
    if (text === written.current) return;
    written.current = text;
    setChosen(readZoom(text, totalMs));
  }, [text, totalMs]);
  useEffect(() => () => clearTimeout(timer.current), []);

  // A trace that grows is shown whole as long as nobody chose a part of it.
  const window = written.current === undefined && timer.current === undefined ? wholeOf(totalMs) : chosen;

  const show = useCallback(
    (next: TimeWindow) => {
      setChosen(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        timer.current = undefined;
        written.current = zoomText(next, totalMs);
        write(written.current);
      }, ADDRESS_DELAY_MS);
    },
    [totalMs, write],
  );

  const current = useRef(window);
  current.current = window;
  const step = useCallback(
    (direction: 1 | -1, atMs?: number) => {
      const { fromMs, toMs } = current.current;
      show(zoomAt({ fromMs, toMs }, totalMs, direction > 0 ? ZOOM_STEP : 1 / ZOOM_STEP, atMs ?? (fromMs + toMs) / 2));
    },
    [show, totalMs],
  );
  const move = useCallback(
    (share: number) => {
      const { fromMs, toMs } = current.current;
      show(pan({ fromMs, toMs }, totalMs, (toMs - fromMs) * share));
    },
    [show, totalMs],
  );
  const reset = useCallback(() => show(wholeOf(totalMs)), [show, totalMs]);
  return { window, totalMs, whole: isWhole(window, totalMs), show, step, move, reset };
}

/** A stretch of the screen that somebody draws over the time, in pixels from the left of `area`. */
export interface Brush {
  fromPx: number;
  toPx: number;
}

/** A click that trembles is still a click. */
const DRAG_PX_MIN = 4;

/**
 * Wheel and pointer over the time. With Ctrl the wheel zooms where the pointer is, sideways it moves; drawing from left to right shows
 * what was drawn. `area` is the element whose width is the window.
 */
export function useTimeGestures(
  scroller: RefObject<HTMLElement | null>,
  area: RefObject<HTMLElement | null>,
  zoom: Zoom,
): Brush | null {
  const [brush, setBrush] = useState<Brush | null>(null);
  const latest = useRef(zoom);
  latest.current = zoom;

  useEffect(() => {
    const target = scroller.current;
    if (!target) return;
    const rect = () => area.current?.getBoundingClientRect();
    const msAt = (x: number, box: DOMRect) => {
      const { fromMs, toMs } = latest.current.window;
      return fromMs + Math.min(1, Math.max(0, (x - box.left) / box.width)) * (toMs - fromMs);
    };
    const wheel = (event: WheelEvent) => {
      const box = rect();
      if (!box || box.width === 0) return;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const inside = event.clientX >= box.left && event.clientX <= box.right;
        if (event.deltaY !== 0)
          latest.current.step(event.deltaY < 0 ? 1 : -1, inside ? msAt(event.clientX, box) : undefined);
        return;
      }
      const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
      if (latest.current.whole || Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
      event.preventDefault();
      latest.current.move(sideways / box.width);
    };

    let start: { x: number; id: number; moved: boolean } | null = null;
    const down = (event: PointerEvent) => {
      const box = rect();
      if (event.button !== 0 || event.pointerType === 'touch' || !box) return;
      if (event.clientX < box.left || event.clientX > box.right) return;
      // The scroll bar lies beyond the content.
      if (event.clientX > target.getBoundingClientRect().left + target.clientWidth) return;
      start = { x: event.clientX, id: event.pointerId, moved: false };
    };
    const moved = (event: PointerEvent) => {
      const box = rect();
      if (!start || event.pointerId !== start.id || !box) return;
      if (!start.moved && Math.abs(event.clientX - start.x) < DRAG_PX_MIN) return;
      if (!start.moved) target.setPointerCapture(event.pointerId);
      start.moved = true;
      const clamp = (x: number) => Math.min(box.right, Math.max(box.left, x)) - box.left;
      setBrush({ fromPx: clamp(Math.min(start.x, event.clientX)), toPx: clamp(Math.max(start.x, event.clientX)) });
    };
    const up = (event: PointerEvent) => {
      const box = rect();
      const from = start;
      start = null;
      setBrush(null);
      if (!from?.moved || event.type === 'pointercancel' || !box) return;
      latest.current.show(windowBetween(msAt(from.x, box), msAt(event.clientX, box), latest.current.totalMs));
      // What may follow at once is a click on a row that nobody meant.
      const swallow = (click: Event) => click.stopPropagation();
      target.addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => target.removeEventListener('click', swallow, { capture: true }), 0);
    };
    target.addEventListener('wheel', wheel, { passive: false });
    target.addEventListener('pointerdown', down);
    target.addEventListener('pointermove', moved);
    target.addEventListener('pointerup', up);
    target.addEventListener('pointercancel', up);
    return () => {
      target.removeEventListener('wheel', wheel);
      target.removeEventListener('pointerdown', down);
      target.removeEventListener('pointermove', moved);
      target.removeEventListener('pointerup', up);
      target.removeEventListener('pointercancel', up);
    };
  }, [scroller, area]);
  return brush;
}
