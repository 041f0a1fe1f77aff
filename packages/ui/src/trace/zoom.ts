import type { TimeWindow } from './timeline.ts';

/** One key press or one notch of the wheel. */
export const ZOOM_STEP = 1.6;

/** Deeper than a microsecond nothing was measured. */
const WIDTH_MS_MIN = 0.001;

export function wholeOf(totalMs: number): TimeWindow {
  return { fromMs: 0, toMs: totalMs };
}

export function isWhole({ fromMs, toMs }: TimeWindow, totalMs: number): boolean {
  return fromMs <= 0 && toMs >= totalMs;
}

/** Shows `factor` times less of the trace (more when below 1), and keeps the moment `atMs` where it is. */
export function zoomAt({ fromMs, toMs }: TimeWindow, totalMs: number, factor: number, atMs: number): TimeWindow {
  const width = Math.min(totalMs, Math.max(Math.min(WIDTH_MS_MIN, totalMs), (toMs - fromMs) / factor));
  const anchor = Math.min(toMs, Math.max(fromMs, atMs));
  const share = toMs > fromMs ? (anchor - fromMs) / (toMs - fromMs) : 0.5;
  return within({ fromMs: anchor - share * width, toMs: anchor + (1 - share) * width }, totalMs);
}

/** Moves the window and keeps its width; it stops at the ends. */
export function pan({ fromMs, toMs }: TimeWindow, totalMs: number, deltaMs: number): TimeWindow {
  return within({ fromMs: fromMs + deltaMs, toMs: toMs + deltaMs }, totalMs);
}

/** What was drawn with the pointer, in either direction. */
export function windowBetween(oneMs: number, otherMs: number, totalMs: number): TimeWindow {
  const fromMs = Math.max(0, Math.min(oneMs, otherMs));
  const toMs = Math.min(totalMs, Math.max(oneMs, otherMs));
  return within({ fromMs, toMs: Math.max(toMs, fromMs + Math.min(WIDTH_MS_MIN, totalMs)) }, totalMs);
}

/** A span with a little air on both sides. */
export function windowAround(startMs: number, durationMs: number, totalMs: number): TimeWindow {
  const air = Math.max(durationMs * 0.08, totalMs / 2_000);
  return windowBetween(startMs - air, startMs + durationMs + air, totalMs);
}

/** `12.5-480`, in milliseconds, for the address. Undefined for the whole trace. */
export function zoomText(window: TimeWindow, totalMs: number): string | undefined {
  if (isWhole(window, totalMs)) return undefined;
  return `${Number(window.fromMs.toFixed(3))}-${Number(window.toMs.toFixed(3))}`;
}

/** The reverse; the whole trace for what is no window inside of it. */
export function readZoom(text: string | undefined, totalMs: number): TimeWindow {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)-(\d{1,15}(?:\.\d{1,9})?)$/.exec(text ?? '');
  if (!match) return wholeOf(totalMs);
  const [fromMs, toMs] = [Number(match[1]), Number(match[2])];
  return toMs > fromMs && fromMs < totalMs ? windowBetween(fromMs, toMs, totalMs) : wholeOf(totalMs);
}

function within({ fromMs, toMs }: TimeWindow, totalMs: number): TimeWindow {
  const width = Math.min(totalMs, toMs - fromMs);
  const from = Math.min(Math.max(0, fromMs), totalMs - width);
  return { fromMs: from, toMs: from + width };
}
