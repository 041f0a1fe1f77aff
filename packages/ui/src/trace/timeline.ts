import type { Span } from '@tallyspan/server';
import { formatDuration } from '../format/duration.ts';
import { endMs } from './build-tree.ts';

/** A bar in percent of the whole width. `firstChunk` is in percent of the bar: waiting before it, streaming after. */
export interface Bar {
  left: number;
  width: number;
  firstChunk: number | null;
}

export interface Tick {
  left: number;
  label: string;
}

/** How long the drawing is: to the end of the last span, which may lie after the root's. */
export function spanOfTime(spans: readonly Span[], summaryDurationMs: number): number {
  let end = summaryDurationMs;
  for (const span of spans) end = Math.max(end, endMs(span));
  return end > 0 ? end : 1;
}

export function barOf(span: Span, totalMs: number): Bar {
  const left = clampPercent((span.offsetMs / totalMs) * 100);
  const width = Math.min(100 - left, Math.max(0, (span.durationMs / totalMs) * 100));
  const wait = span.timeToFirstChunkMs;
  const firstChunk = wait === null || span.durationMs <= 0 ? null : clampPercent((wait / span.durationMs) * 100);
  return { left, width, firstChunk };
}

/** About `wanted` round steps of the axis: 1, 2 or 5 times a power of ten; in minutes and hours, what a clock has. */
export function ticksOf(totalMs: number, wanted: number): Tick[] {
  const step = roundStep(totalMs / Math.max(1, wanted));
  const ticks: Tick[] = [];
  for (let i = 0; i * step < totalMs * 0.999; i++) {
    ticks.push({ left: ((i * step) / totalMs) * 100, label: i === 0 ? '0' : tickLabel(i * step) });
  }
  return ticks;
}

const CLOCK_STEPS_MS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((s) => s * 1000);

function roundStep(atLeastMs: number): number {
  if (atLeastMs > 30_000)
    return CLOCK_STEPS_MS.find((step) => step >= atLeastMs) ?? Math.ceil(atLeastMs / 86_400_000) * 86_400_000;
  const power = 10 ** Math.floor(Math.log10(atLeastMs));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= atLeastMs * 0.999)! * power;
  return step > 20_000 ? 30_000 : step;
}

/** Ticks are round, so the zeros that a measured duration keeps would only be noise. */
function tickLabel(ms: number): string {
  return formatDuration(ms)
    .replace(/(\.\d*?)0+(?= )/, '$1')
    .replace(/\.(?= )/, '')
    .replace(/ 00 \w+$/, '');
}

function clampPercent(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
