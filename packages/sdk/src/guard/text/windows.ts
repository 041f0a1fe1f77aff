import { limits } from '@tallyspan/facts';

/** A stretch of a text. */
export interface Window {
  start: number;
  end: number;
}

/**
 * Cuts a text into stretches that overlap, the first and the last one first: an attack hides at the ends of what is pasted, and
 * these are looked at whatever the clock says.
 */
export function* windowsOf(text: string, size: number = limits.guardWindowChars): Generator<Window> {
  if (text.length <= size) {
    yield { start: 0, end: text.length };
    return;
  }
  const lastStart = text.length - size;
  yield { start: 0, end: size };
  yield { start: lastStart, end: text.length };
  const step = size - limits.guardOverlapChars;
  for (let start = step; start < lastStart; start += step) yield { start, end: Math.min(start + size, text.length) };
}

/** How many windows are scanned even after the time is used up. */
export const WINDOWS_ALWAYS = Math.ceil(limits.guardCharsAlways / limits.guardWindowChars);
